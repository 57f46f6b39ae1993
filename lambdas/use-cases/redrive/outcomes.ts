import { type FailureKey, failureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Clock } from '../../contract/time.ts';
import { isParked, statusOf } from '../../domain/ledger/failure-status.ts';
import type { DeadLetterFacts } from '../../domain/redrive/dead-letter-message.ts';

/** A dead letter that a redrive has moved. */
export type MovedLetter = Pick<DeadLetterFacts, 'id' | 'tenant' | 'cycle'> & { readonly dependency: string };

/** How dead letters ended after a redrive. Each that was followed counts in one of these. */
export interface RedriveOutcomes {
  readonly moved: number;
  /** Dead letters that were looked at: all, or a sample of more than 200. */
  readonly followed: number;
  readonly isSample: boolean;
  /** Ended without a dead letter. */
  readonly healed: number;
  /** Dead letters again, or parked. */
  readonly died: number;
  readonly underWay: number;
  /** Waiting without losing an attempt, or for a decision. */
  readonly held: number;
  /** Messages that the lane has not read yet. */
  readonly waiting: number;
  /** The healed by their outcome. */
  readonly byOutcome: Readonly<Record<string, number>>;
  /** Those that died again, by their reason and rule. */
  readonly deaths: readonly Death[];
}

export interface Death {
  readonly reason: string;
  readonly rule: string;
  /** Masked excerpt of the first one's error. */
  readonly excerpt?: string | undefined;
  readonly count: number;
  /** The first few. */
  readonly ids: readonly string[];
}

interface FollowPorts {
  readonly entries: (keys: readonly FailureKey[]) => Promise<readonly LedgerEntry[]>;
  readonly now: Clock;
  /** Waits. An interruption ends the wait. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
  /** Called after each look. */
  readonly onLook?: (known: RedriveOutcomes) => void;
}

/** Dead letters that are followed at most. */
export const MOST_FOLLOWED = 200;
/** Waits between two looks grow up to this. */
const LONGEST_PAUSE_MS = 2_000;
const FIRST_PAUSE_MS = 250;
const MOST_IDS = 5;

type State = 'healed' | 'died' | 'underWay' | 'held' | 'waiting';

/**
 * Follows dead letters until each has its outcome, for a limited time. Of many, it follows a sample. Each look reads
 * only those that have not ended, so the cost is bounded: 200 entries for each of some looks.
 *
 * @param moved how many the redrive moved; `letters` are all of them, or a sample
 * @param waitMs how long; 0 for one look
 */
export async function followOutcomes(
  letters: readonly MovedLetter[],
  { moved, waitMs }: { readonly moved: number; readonly waitMs: number },
  ports: FollowPorts,
): Promise<RedriveOutcomes> {
  const { entries, now, sleep, signal, onLook } = ports;
  const found = new Map<FailureKey, LedgerEntry>();
  const all = letters.map((letter) => ({ letter, key: failureKey(letter) }));
  const stateOf = ({ letter, key }: (typeof all)[number]) => stateAfter(letter, found.get(key), now());
  let waited = 0;
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    const open = all.filter((each) => !isOver(stateOf(each)));
    for (const entry of await entries(open.map(({ key }) => key))) found.set(failureKey(entry), entry);
    const outcomes = outcomesOf(
      all.map((each) => ({ ...each, entry: found.get(each.key), state: stateOf(each) })),
      moved,
    );
    onLook?.(outcomes);
    const mayChange = all.some(
      (each) => !isOver(stateOf(each)) && !waitsLonger(found.get(each.key), now() + waitMs - waited),
    );
    if (!mayChange || waited >= waitMs || signal.aborted) return outcomes;
    const next = Math.min(pause, waitMs - waited);
    await sleep(next);
    waited += next;
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
}

function isOver(state: State): boolean {
  return state === 'healed' || state === 'died';
}

/** Whether nothing will happen to the failure until that time. */
function waitsLonger(entry: LedgerEntry | undefined, until: number): boolean {
  if (entry?.state !== 'open') return false;
  const { notBefore, inFlight, question } = entry;
  if (question && !question.answer) return true;
  return !inFlight && notBefore !== undefined && Date.parse(notBefore) > until;
}

/** Where a moved dead letter is, by its failure in the ledger. */
function stateAfter({ cycle }: MovedLetter, entry: LedgerEntry | undefined, now: number): State {
  // An event has no failure before the lane has read it.
  if (entry === undefined) return 'waiting';
  const isDead = entry.state === 'settled' && entry.outcome === 'dead-lettered';
  if (isDead && cycle !== undefined && entry.cycle <= cycle) {
    const mayRunAgain = (entry.cyclesAllowed ?? 0) > entry.cycle;
    return isParked(entry) && !mayRunAgain ? 'died' : 'waiting';
  }
  if (isDead) return 'died';
  if (entry.state === 'settled') return 'healed';
  const status = statusOf(entry, now);
  return status === 'held' || status === 'decision' ? 'held' : 'underWay';
}

interface Followed {
  readonly letter: MovedLetter;
  readonly entry: LedgerEntry | undefined;
  readonly state: State;
}

function outcomesOf(all: readonly Followed[], moved: number): RedriveOutcomes {
  const count = (wanted: State) => all.filter(({ state }) => state === wanted).length;
  const byOutcome: Record<string, number> = {};
  for (const { state, entry } of all) {
    if (state !== 'healed' || entry?.outcome === undefined) continue;
    byOutcome[entry.outcome] = (byOutcome[entry.outcome] ?? 0) + 1;
  }
  return {
    moved,
    followed: all.length,
    isSample: all.length < moved,
    healed: count('healed'),
    died: count('died'),
    underWay: count('underWay'),
    held: count('held'),
    waiting: count('waiting'),
    byOutcome,
    deaths: deathsAmong(all),
  };
}

/** The most frequent first. */
function deathsAmong(all: readonly Followed[]): readonly Death[] {
  const deaths = new Map<string, Death>();
  for (const { state, entry } of all) {
    if (state !== 'died' || !entry) continue;
    const reason = isParked(entry) ? 'parked' : (entry.reason ?? 'unknown');
    const { rule } = entry.verdict;
    const known = deaths.get(`${reason}:${rule}`) ?? { reason, rule, excerpt: entry.excerpt, count: 0, ids: [] };
    const ids = known.ids.length < MOST_IDS ? [...known.ids, entry.id] : known.ids;
    deaths.set(`${reason}:${rule}`, { ...known, count: known.count + 1, ids });
  }
  return [...deaths.values()].sort((a, b) => b.count - a.count);
}
