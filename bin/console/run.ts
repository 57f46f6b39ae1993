/** A long command that the page has started, as the page sees it. */
export interface Run {
  readonly id: string;
  readonly what: 'redrive' | 'discard';
  /** The lane, or what else the operator chose, in words. */
  readonly of: string;
  /** The operator's reason. */
  readonly why: string;
  readonly state: 'running' | 'pausing' | 'paused' | 'done' | 'failed';
  readonly done: number;
  /** 0 while it is unknown. */
  readonly total: number;
  /** What it waits for, or how it ended. */
  readonly text: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** How the dead letters of a redrive ended. Absent while nobody knows. */
  readonly outcome?: 'healed' | 'died-again' | 'under-way' | undefined;
  /** The document that the command printed at its end. */
  readonly document?: unknown;
}
