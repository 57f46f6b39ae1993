import type { FailureSample } from './signal.ts';

/** What a channel reports about an incident. */
export type NotificationKind = 'trigger' | 'acknowledge' | 'resolve';

/** `P1` pages the on-call engineer, `P2` can wait until the morning. */
export type Urgency = 'P1' | 'P2';

/** One cause, reported once for any number of failures. Times are RFC 3339. */
export interface Incident {
  /** `unreachable`, or the reason why failures can't recover. Unique per dependency. */
  readonly cause: string;
  /** Counts recurrences of the cause. Channels treat each as a separate incident. */
  readonly number: number;
  readonly priority: Urgency;
  readonly state: 'open' | 'acknowledged' | 'resolved';
  /** The incident is resolved only because it continues with the next number: as P1, or a redrive did not help. */
  readonly goesOn?: true | 'died-again';
  /** One sentence, for humans. */
  readonly summary: string;
  /** Section of the runbook. */
  readonly section: string;
  /** What the circuit counted when it opened, such as `5 of 5 calls failed`. */
  readonly evidence?: string;
  /** Number of signals. A repeated signal counts again, unless its failure is among the samples. */
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly resolvedAt?: string;
  readonly acknowledgedBy?: string;
  readonly acknowledgedAt?: string;
  /** The action that acknowledged it, such as `redrive`. */
  readonly acknowledgedWith?: string;
  /** When a dead letter of it last died again after a redrive. */
  readonly diedAgainAt?: string;
  readonly samples: readonly FailureSample[];
  /** Further facts, one per line. */
  readonly notes?: readonly string[];
}

/** A notification that a channel has not accepted yet. The list is in sending order. */
export interface UnsentNotification {
  readonly channel: string;
  readonly telling: NotificationKind;
  readonly cause: string;
  readonly number: number;
}

/** All incidents of one dependency, or of Backstop itself. */
export interface Incidents {
  readonly incidents: Readonly<Record<string, Incident>>;
  /** Earlier occurrences of a recurring cause, kept until all their notifications are sent. */
  readonly past: readonly Incident[];
  readonly untold: readonly UnsentNotification[];
  /** Circuits of the dependency that are not closed. While there are any, the incident `unreachable` stays open. */
  readonly openCircuits: readonly string[];
  /** Alarms in state ALARM. */
  readonly ringing: readonly string[];
  /** Ids of failures whose question has no answer yet. */
  readonly questions: readonly string[];
  /** When questions ended, by the id of their failure, newest last. Their notices may arrive late, or repeated. */
  readonly answered: Readonly<Record<string, string>>;
  /**
   * Time of the last change of each circuit and alarm, newest last. Signals may arrive late, repeated, or out of order.
   */
  readonly changedAt: Readonly<Record<string, string>>;
}

export const NO_INCIDENTS: Incidents = {
  incidents: {},
  past: [],
  untold: [],
  openCircuits: [],
  ringing: [],
  questions: [],
  answered: {},
  changedAt: {},
};

/** Channels and urgencies, from the config. */
export interface SignalOptions {
  /** Channels for all notifications, and those that also receive acknowledgements. */
  readonly channels: readonly string[];
  readonly acknowledgedIn: readonly string[];
  /** Urgency of an unreachable dependency. @default 'P2' */
  readonly urgencyOf?: (dependency: string) => Urgency;
}

/** A notification for a channel. */
export interface IncidentNotification {
  /** The dependency, or empty for Backstop itself. */
  readonly subject: string;
  readonly telling: NotificationKind;
  readonly incident: Incident;
  readonly situation?: Situation;
}

/** What the notifier looks up right before it sends. Each fact is absent if it can't be read. */
export interface Situation {
  /** Failures of the dependency without an outcome. */
  readonly waiting?: number;
  /** Whether more wait than were counted. */
  readonly isMore?: boolean;
  /** Dead letters of the dependency. `isCut`: there are more. */
  readonly dead?: { readonly count: number; readonly isCut: boolean };
  /** Masked excerpt of the error of the first failure. */
  readonly excerpt?: string;
}
