import type { CallCounts } from '../../domain/circuit/circuit-store.ts';
import { secondOf } from '../../domain/circuit/tally.ts';
import { type Asks, type FailureNotes, newestFailure, noFailures } from './notes.ts';

/** What an instance has noted since its last exchange with the table. Times are epoch milliseconds. */
interface Noted {
  readonly now: number;
  readonly generation: number;
  /** Successes have ended between these times. */
  readonly since: number;
  readonly until: number;
  /** Successes since the newest failure. */
  readonly successes: number;
  readonly failures: FailureNotes | undefined;
  readonly asks: Asks | undefined;
  /** Calls are so frequent that successes wait for the next exchange. */
  readonly isBusy: boolean;
  readonly windowMs: number;
}

/** What the table does not know yet. */
interface ToTell {
  /** Undefined if there is nothing. */
  readonly counts?: CallCounts;
  /** Second of the failure that is this instance's newest in the table. */
  readonly told?: number | undefined;
}

/** Forgets what is older than the window. */
export function countsToTell(noted: Noted): ToTell {
  const { now, generation, until, failures: notes = NO_FAILURES, asks: { asks, waits } = NO_ASKS } = noted;
  const { failures, retries } = notes;
  const at = failures > 0 ? now : until;
  const isOld = now - at > noted.windowMs;
  const all = noted.successes + notes.successes;
  const successes = isOld ? 0 : all;
  const { changes, told } = newestFailure(notes, secondOf(now), noted.isBusy);
  if (successes + failures + asks + waits === 0 && changes.length === 0) return { told };
  const traffic = isOld ? 0 : all + failures - retries;
  const earlier = Math.round(successes * partBefore(secondOf(at) * 1_000, noted));
  return { counts: { generation, at, successes, failures, traffic, earlier, newest: changes, asks, waits }, told };
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

/** Part of the time since the last exchange that lies before a second begins. */
function partBefore(begin: number, { since, until }: Noted): number {
  return until <= since ? 0 : Math.min(1, Math.max(0, begin - since) / (until - since));
}
