import type { Sample } from './signal.ts';

/** What a channel is to be told of an incident. */
export type Telling = 'trigger' | 'acknowledge' | 'resolve';

/** `P1` wakes somebody, `P2` waits for the morning. */
export type Urgency = 'P1' | 'P2';

/** One cause, told once, however many failures it has. Times are RFC 3339. */
export interface Incident {
  /** `unreachable`, or what keeps failures from being recovered: unique within its dependency. */
  readonly cause: string;
  /** Counts the times that this cause came up: each is an incident of its own to whoever is told. */
  readonly number: number;
  readonly priority: Urgency;
  readonly state: 'open' | 'acknowledged' | 'resolved';
  /** Resolved only because the cause goes on as a more urgent incident, the next number. */
  readonly goesOn?: boolean;
  /** In a sentence, for humans. */
  readonly summary: string;
  /** Of the runbook. */
  readonly section: string;
  /** Signals of it. One that comes twice counts twice, unless its failure is among the samples. */
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly resolvedAt?: string;
  readonly acknowledgedBy?: string;
  readonly samples: readonly Sample[];
  /** What else is known, a line each. */
  readonly notes?: readonly string[];
}

/** Something that a channel has not been told yet, in the order in which it is to be told. */
export interface Untold {
  readonly channel: string;
  readonly telling: Telling;
  readonly cause: string;
  readonly number: number;
}

/** All incidents of one dependency, or of Backstop itself. */
export interface Incidents {
  readonly incidents: Readonly<Record<string, Incident>>;
  /** Earlier times of a cause that has come up anew, as long as there is something to be told of them. */
  readonly past: readonly Incident[];
  readonly untold: readonly Untold[];
  /** Circuits of the dependency that are not closed: what is unreachable stays so as long as any is named here. */
  readonly openCircuits: readonly string[];
  /** Alarms that ring. */
  readonly ringing: readonly string[];
  /** Failures whose question no human has answered yet. */
  readonly questions: readonly string[];
  /** When each circuit and each alarm last changed, the latest last: signals come in any order, and again. */
  readonly changedAt: Readonly<Record<string, string>>;
}

export const NO_INCIDENTS: Incidents = {
  incidents: {},
  past: [],
  untold: [],
  openCircuits: [],
  ringing: [],
  questions: [],
  changedAt: {},
};

export interface ObserveOptions {
  /** Channels that are told of each incident; those of `acknowledgedIn` also of acknowledgements. */
  readonly channels: readonly string[];
  readonly acknowledgedIn: readonly string[];
  /** How urgent it is that a dependency can't be reached. @default 'P2' */
  readonly urgencyOf?: (dependency: string) => Urgency;
}

/** What a channel is told. */
export interface Told {
  /** The dependency; empty for what is about Backstop itself. */
  readonly subject: string;
  readonly telling: Telling;
  readonly incident: Incident;
}
