import type { CircuitKind } from '../../../lambdas/contract/circuit-kinds.ts';
import type { Run } from '../run.ts';

/** What the commands of the tool print with --json, as far as the page reads it. Times are RFC 3339. */

export interface Status {
  readonly stack: string;
  readonly region: string;
  readonly at: string;
  readonly alarms: readonly string[];
  readonly lanes: readonly LaneRow[];
  readonly queues: Readonly<Record<string, number>>;
  readonly open: number;
  readonly questions: number;
  /** Of the whole stack. A console of a version before has none. */
  readonly counts?: Counts & { readonly total: number; readonly isExact: boolean };
}

/** Failures by where they are. Each is in one of them. */
export interface Counts {
  readonly running: number;
  readonly held: number;
  readonly decision: number;
  readonly undoing: number;
  /** In a dead-letter queue, or parked. */
  readonly dead: number;
}

export interface LaneRow {
  readonly lane: string;
  /** Absent where the queue can't be read, as the two counts below. */
  readonly waiting?: number;
  readonly inFlight?: number;
  readonly held?: number;
  readonly deadLetters?: number;
  readonly counts?: Counts;
  /** About how many messages no worker has taken yet. */
  readonly unclaimed?: number;
  readonly paused: boolean;
  readonly oldestSeconds?: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly circuits: readonly string[];
}

export interface Incident {
  readonly of: string;
  readonly cause: string;
  readonly priority: 'P1' | 'P2';
  readonly state: 'open' | 'acknowledged';
  /** Whether somebody must act, now or later. @default true */
  readonly needsHuman?: boolean;
  readonly summary: string;
  /** Whether a human must act, and when. */
  readonly action: string;
  /** What heals without a human. */
  readonly byItself?: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly acknowledgedBy?: string;
  /** Some of the failures that it is about. */
  readonly samples?: readonly FailureSample[];
}

/** A failure that an incident is about. */
export interface FailureSample {
  readonly failureId: string;
  readonly tenant?: string;
}

export interface CircuitRow {
  readonly circuit: string;
  readonly state: CircuitKind;
  readonly since?: string;
  /** When the outage began; of a closed circuit, the one that it has recovered from. */
  readonly outageSince?: string;
  readonly until?: string;
  readonly by?: string;
  readonly why?: string;
  readonly successes: number;
  readonly failures: number;
  readonly meaning: string;
  /** Share of calls that may pass, 0 to 1; only while it recovers. */
  readonly share?: number;
}

export interface TrailStep {
  readonly at: string;
  readonly step: string;
  readonly [fact: string]: string | number | undefined;
}

export interface Story {
  readonly id: string;
  readonly correlationId: string;
  readonly dependency: string;
  readonly tenant?: string;
  readonly priority: string;
  readonly cycle: number;
  readonly state: string;
  readonly tier: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly attempts: number;
  readonly verdict: string;
  readonly category: string;
  readonly rule: string;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly settledAt?: string;
  readonly deadline: string;
  /** Earliest time of the next call, if something delays it. */
  readonly notBefore?: string;
  readonly where: string;
  /** Masked excerpt of the latest error or answer. */
  readonly excerpt?: string;
  /** Line of the documents about the rule, if it is built in. */
  readonly ruleLink?: string;
  readonly trail: readonly TrailStep[];
  /** Absent in an emulator, which has no console of AWS. */
  readonly links?: Readonly<Record<string, string | undefined>>;
}

export interface Letter {
  readonly id: string;
  readonly queue?: string;
  readonly dependency?: string;
  readonly tenant?: string;
  readonly cycle?: number;
  readonly edited?: number;
  readonly compensation?: string;
  /** The operation, with sensitive values masked. */
  readonly operation?: Readonly<Record<string, unknown>>;
  /** What a fallback has answered: masked, or revealed with the operation. */
  readonly answer?: Readonly<Record<string, unknown>>;
  /** Why the revealed operation lacks the body that it claims. */
  readonly unshownBody?: string;
  /** The completed steps, once their undo has begun. */
  readonly undo?: readonly UndoneStep[];
  readonly advice?: { readonly text: string; readonly redrive: boolean };
}

/** How far a completed step is undone. */
export interface UndoneStep {
  readonly name: string;
  readonly dependency: string;
  readonly state: 'open' | 'calling' | 'done' | 'failed' | 'skipped';
  readonly because?: string;
  readonly rule?: string;
  readonly statusCode?: number;
  readonly attempts: number;
}

/** One failure in a list. */
export interface FailureRow {
  readonly id: string;
  readonly correlationId: string;
  readonly dependency: string;
  readonly tenant?: string;
  readonly status: string;
  /** Where it is now, in words. */
  readonly where: string;
  readonly reason?: string;
  /** How far the completed steps of a dead letter are undone. Absent before their undo begins. */
  readonly compensation?: string;
  readonly rule: string;
  /** HTTP status of the latest call, if it was answered. */
  readonly statusCode?: number;
  readonly verdict: string;
  readonly attempts: number;
  readonly cycle: number;
  readonly receivedAt: string;
  readonly settledAt?: string;
  /** Masked excerpt of the error. */
  readonly excerpt?: string;
}

/** One page of a list, and where the next begins. */
export interface FailurePage {
  readonly failures: readonly FailureRow[];
  readonly next?: string;
}

export interface Difference {
  readonly path: string;
  readonly base?: unknown;
  readonly ours?: unknown;
  readonly theirs?: unknown;
}

export interface Question {
  readonly id: string;
  readonly dependency: string;
  readonly correlationId: string;
  readonly question: string;
  readonly because: string;
  readonly askedAt: string;
  readonly until: string;
  readonly version?: string;
  readonly operation?: { readonly method?: string; readonly path: string };
  readonly choices: readonly ('ours' | 'theirs' | 'merged' | 'abandon')[];
  readonly shown: {
    readonly ours?: unknown;
    readonly theirs?: unknown;
    readonly difference: readonly Difference[];
    readonly more?: number;
  };
}

export interface AuditRecord {
  readonly id: string;
  readonly at: string;
  readonly by: string;
  readonly principal: string;
  readonly action: string;
  readonly dependency?: string;
  readonly failureId?: string;
  readonly why?: string;
  readonly facts?: Readonly<Record<string, string | number>>;
  readonly end?: { readonly at: string; readonly result: string; readonly facts?: Readonly<Record<string, unknown>> };
}

/** A run, with the outcome of its dead letters once the tool knows it. */
export interface SeenRun extends Run {
  readonly outcome?: 'healed' | 'died-again' | 'under-way';
}

/** Incidents that an action acknowledges, and those of the dependency that it leaves alone. */
export interface Acknowledges {
  readonly acknowledges: readonly Pick<Incident, 'of' | 'cause' | 'priority' | 'state' | 'summary'>[];
  readonly keeps: readonly Pick<Incident, 'of' | 'cause' | 'priority' | 'state' | 'summary'>[];
}

/** Which dead letters or failures. */
export interface Filter {
  readonly dependency?: string;
  readonly tenant?: string;
  readonly correlationId?: string;
  readonly rule?: string;
  readonly reasons?: readonly string[];
  readonly ids?: readonly string[];
  readonly since?: string;
}
