import {
  type Circuit,
  type DuringOutage,
  isWaitedFor,
  type Line,
  type Open,
  type Recovering,
} from './circuit-state.ts';
import { effectiveCircuit } from './effective-circuit.ts';
import type { Bucket } from './tally.ts';

/** Callers per second that may always ask again. So few cost nothing. */
const MIN_PACE = 10;
/** Asks per call that the dependency carried. More asks than it can serve let the share find its limit. */
const ASKS_PER_CALL = 4;
/** Longest wait in an outage of up to five minutes. A longer one would spread few callers over too long a time. */
const MAX_WAIT_MS = 10_000;
/** In a longer outage, a caller asks ninety times at most in as long as it has lasted. */
const ASKS_PER_OUTAGE = 90;
/** The same for a few callers, for whom the line is short. */
const ASKS_OF_FEW = 30;
/** Longest wait of a few callers. */
const MAX_SHORT_WAIT_MS = 20_000;
const MIN_WAIT_MS = 1_000;
const MIN_WAIT_RECOVERING_MS = 500;
/** Upper limit of the wait in any outage. */
const MAX_LONG_WAIT_MS = 600_000;
/** Upper limit of the wait under an override, because an operator may end it early. */
const FORCED_WAIT_MS = 300_000;
/** Spread of a wait, so that those who ask together do not come back together. */
const JITTER = 0.5;
/** Rise of the pace that is worth a write. */
const FASTER = 1.1;
/** The same while the circuit recovers: each of its writes may compete with others. */
const MUCH_FASTER = 1.3;
/** Instances tell once a second, so half a second's refusals are still unknown. */
const UNTOLD_MS = 500;
/** Shorter times say little about a pace, because instances that saw the outage begin tell at the same moments. */
const LEAST_MS = 3_000;

/** The line at the start of an outage: as many ask again as the dependency carried, twice over. */
export function newLine(buckets: readonly Bucket[], from: number, waits: number): Line {
  const carried = Math.max(0, ...buckets.map(({ successes }) => successes));
  return { pace: Math.max(MIN_PACE, ASKS_PER_CALL * carried), endsAt: from, waits };
}

/** The pace at which callers arrive, if it is faster: the only known one where the dependency has carried nothing. */
export function fasterLine(line: Line, waits: number, ms: number): Line {
  const pace = (waits * 1_000) / (ms - UNTOLD_MS);
  return ms >= LEAST_MS && pace >= FASTER * line.pace ? { ...line, pace } : line;
}

/** The line at a pace for what a recovering dependency carries. Else those who wait would come too slowly for it. */
export function pacedBy(
  circuit: Recovering,
  carried: number,
  { now, waits }: { now: number; waits: number },
): Recovering {
  const { line } = circuit;
  const pace = ASKS_PER_CALL * carried;
  if (!line || pace < MUCH_FASTER * line.pace) return circuit;
  const inLine = Math.max(0, lineEnd(line, waits) - now) * line.pace;
  return { ...circuit, line: { pace, endsAt: now + inLine / pace, waits } };
}

/** Continues the line in the next state. It never ends before the first call may pass. */
export function continued<Next extends DuringOutage>(
  before: Circuit,
  next: Next,
  at: { now: number; waits: number; asks?: number | undefined },
): Next {
  if (before.kind === 'closed' || !before.line) return next;
  const earliest = 'until' in next ? Math.max(at.now, Number(next.until)) : at.now;
  const endsAt = Math.max(earliest, lineEnd(before.line, at.waits));
  if (!isAnswering(before, next)) return { ...next, line: { ...before.line, endsAt, waits: at.waits } };
  const pace = Math.max(before.line.pace, at.asks ?? 0);
  return { ...next, line: { pace, endsAt: Math.min(endsAt, at.now + MAX_WAIT_MS), waits: at.waits } };
}

/** The dependency answers again. Those who wait have all been told to come back soon, however long the line is. */
function isAnswering(before: Circuit, next: DuringOutage & { readonly kind?: string }): boolean {
  return before.kind === 'half-open' && next.kind === 'recovering';
}

/** Callers per second that ask again while some stand in the line; 0 after its end. */
export function standing({ line }: DuringOutage, now: number, waits: number): number {
  return line && lineEnd(line, waits) > now ? line.pace : 0;
}

/** When a caller that is refused now asks again, in epoch milliseconds. `waits`: calls refused so far. */
export function nextTryAt(stored: Circuit, now: number, random: number, waits = 0): number {
  const circuit = effectiveCircuit(stored, now);
  if (circuit.kind === 'closed' || circuit.kind === 'forced-closed') return now;
  const earliest = earliestTry(circuit, now);
  const { least, most } = limits(circuit, earliest);
  const end = circuit.line && isWaitedFor(circuit) ? lineEnd(circuit.line, waits) : earliest;
  if (isFirstOpening(circuit) && now < circuit.until)
    return Math.floor(Math.max(earliest, Math.min(end, replayed(circuit, now))));
  if (end < earliest + least) return earliest + Math.floor((least * (1 + random)) / 2);
  const wait = Math.min(end - earliest, most);
  return earliest + Math.floor(wait * (1 + JITTER * (random - 0.5)));
}

/** Nobody has come back yet. So those who wait return at the pace at which they came, unless the line is faster. */
function replayed({ until, trippedAt }: Open, now: number): number {
  return now + until - trippedAt;
}

/** Limits of the wait. It grows with the outage, so that long ones cost little, but far more slowly than the outage. */
function limits(circuit: Exclude<Circuit, { kind: 'closed' }>, earliest: number): { least: number; most: number } {
  if (circuit.kind === 'recovering') return { least: MIN_WAIT_RECOVERING_MS, most: MAX_WAIT_MS };
  const outage = Math.max(0, earliest - circuit.trippedAt);
  return {
    least: Math.max(MIN_WAIT_MS, Math.min(MAX_SHORT_WAIT_MS, outage / ASKS_OF_FEW)),
    most: Math.max(MAX_WAIT_MS, Math.min(MAX_LONG_WAIT_MS, outage / ASKS_PER_OUTAGE)),
  };
}

function isFirstOpening(circuit: Circuit): circuit is Open {
  return circuit.kind === 'open' && circuit.since === circuit.trippedAt;
}

/** In the states that admit no call, an earlier ask is in vain. */
function earliestTry(circuit: Circuit, now: number): number {
  switch (circuit.kind) {
    case 'open':
      return Math.max(now, circuit.until);
    case 'forced-open':
      return Math.min(circuit.until, now + FORCED_WAIT_MS);
    default:
      return now;
  }
}

/** Those who were refused since stand in the line, one behind the other at its pace. */
function lineEnd(line: Line, waits: number): number {
  return line.endsAt + ((waits - line.waits) * 1_000) / line.pace;
}
