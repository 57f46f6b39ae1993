import type { CallCounts } from '../../domain/circuit/circuit-store.ts';
import { type Asks, type FailureNotes, newestFailure, noFailures } from './notes.ts';

/** What an instance has noted since its last exchange with the table. Times are epoch milliseconds. */
interface Noted {
  readonly now: number;
  readonly generation: number;
  /** Successes have ended between these times. */
  readonly since: number;
  readonly until: number;
  /** When the newest of them ended, if they are few. */
  readonly ended?: number | undefined;
  /** Successes since the newest failure. */
  readonly successes: number;
  readonly failures: FailureNotes | undefined;
  readonly asks: Asks | undefined;
  /** Calls are so frequent that successes wait for the next exchange. */
  readonly isBusy: boolean;
  readonly isRecovering: boolean;
  readonly windowMs: number;
}

/** What the table does not know yet. */
interface ToTell {
  /** Undefined if there is nothing. */
  readonly counts?: CallCounts;
  /** Epoch milliseconds: the failure that is this instance's newest in the table. */
  readonly told?: number | undefined;
}

/** Forgets what is older than the window. */
export function countsToTell(noted: Noted): ToTell {
  const { now, generation, failures: notes = NO_FAILURES, asks: { asks, waits } = NO_ASKS } = noted;
  const { failures, retries } = notes;
  // A call may end long after the state was read that admitted it.
  const last = Math.min(now, noted.ended ?? noted.until);
  const at = failures > 0 ? now : Math.max(noted.until, last);
  const isOld = now - at > noted.windowMs;
  const all = noted.successes + notes.successes;
  const successes = isOld ? 0 : all;
  const { changes, told } = newestFailure(notes, now, noted.isBusy);
  if (successes + failures + asks + waits === 0 && changes.length === 0) return { told };
  const traffic = isOld ? 0 : all + failures - retries;
  const from = Math.min(last, Math.max(noted.since, last - LONGEST_MS));
  const spread = {
    from,
    until: last,
    ...(noted.isRecovering && noted.ended !== undefined && { endsAtUntil: true as const }),
  };
  return { counts: { generation, at, successes, failures, traffic, ...spread, newest: changes, asks, waits }, told };
}

/** Notes failures and retries again that could not be told. */
export function withRestored(
  notes: FailureNotes | undefined,
  { successes, failures, traffic }: CallCounts,
): FailureNotes | undefined {
  const retries = successes + failures - traffic;
  if (failures + retries === 0) return notes;
  const restored = notes ?? noFailures();
  restored.failures += failures;
  restored.retries += retries;
  return restored;
}

const NO_FAILURES = noFailures();
const NO_ASKS: Asks = { asks: 0, waits: 0 };
/** Longest time between two exchanges. */
const LONGEST_MS = 1_000;
