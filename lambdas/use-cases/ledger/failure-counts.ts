import { type FailureKey, failureName } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Clock } from '../../contract/time.ts';
import { statusOf } from '../../domain/ledger/failure-status.ts';

/** Failures that have not ended well, each in exactly one of these. They sum to `total`. */
export interface FailureCounts {
  /** With a lane's worker, or in the Recovery machine. */
  readonly running: number;
  /** Waiting without losing an attempt. */
  readonly held: number;
  /** Waiting for a human's decision. */
  readonly decision: number;
  readonly undoing: number;
  /** Dead letters, parked ones included. */
  readonly dead: number;
  readonly total: number;
  /** False if the counts come from a sample, or more failures exist than were counted. */
  readonly isExact: boolean;
}

export interface CountedFailures {
  readonly total: FailureCounts;
  /** By dependency: all that were asked for, and others that have failures. */
  readonly of: ReadonlyMap<string, DependencyCounts>;
}

export interface DependencyCounts extends FailureCounts {
  /** Failures whose message is still in the lane queue. */
  readonly inLane: number;
  /** Held failures that wait for their circuit. Once it lets calls pass, they drain. */
  readonly behindCircuit: number;
  /** When the oldest failure under way or held arrived, of those that were read: RFC 3339. */
  readonly oldestAt?: string;
}

/** Keys, and whether there are more. */
interface Keys {
  readonly keys: readonly FailureKey[];
  readonly isCut: boolean;
}

export interface CountPorts {
  /** Failures without an outcome, or with an unpublished one, except those that wait for a human. */
  readonly pending: () => Promise<Keys>;
  /** Failures that wait for a human. */
  readonly asked: () => Promise<Keys>;
  readonly dead: (dependency: string) => Promise<{ readonly count: number; readonly isCut: boolean }>;
  readonly entries: (keys: readonly FailureKey[]) => Promise<readonly LedgerEntry[]>;
  readonly now: Clock;
}

/** Entries that a count reads at most. Of more, it reads a sample. */
const MOST_READ = 1_000;

/**
 * Counts failures by their status, at a bounded cost. The index tells how many each dependency has, and up to 1,000
 * entries tell their status. This is the only place that counts them.
 */
export async function countFailures(dependencies: readonly string[], ports: CountPorts): Promise<CountedFailures> {
  const [pending, asked, dead] = await Promise.all([
    ports.pending(),
    ports.asked(),
    Promise.all(dependencies.map(async (name) => [name, await ports.dead(name)] as const)),
  ]);
  const sample = sampleOf(pending.keys);
  const entries = await ports.entries(sample);
  const now = ports.now();
  const deadOf = new Map(dead);
  const names = new Set([...dependencies, ...[...pending.keys, ...asked.keys].map(ownerOf)]);
  const of = new Map(
    [...names].map((name) => {
      const isIts = (key: FailureKey) => ownerOf(key) === name;
      const open = pending.keys.filter(isIts).length;
      const read = entries.filter(({ dependency }) => dependency === name);
      const letters = deadOf.get(name) ?? { count: 0, isCut: false };
      const isExact = !pending.isCut && !asked.isCut && !letters.isCut && sample.length === pending.keys.length;
      const counts = {
        ...shares(read, open, { looked: sample.filter(isIts).length, now }),
        decision: asked.keys.filter(isIts).length,
        dead: letters.count,
      };
      const { running, held, undoing, decision } = counts;
      return [name, { ...counts, total: running + held + undoing + decision + counts.dead, isExact }] as const;
    }),
  );
  return { of, total: sumOf([...of.values()]) };
}

function ownerOf(key: FailureKey): string {
  return failureName(key)?.dependency ?? '';
}

/** Keys that are spread evenly over all. */
function sampleOf(keys: readonly FailureKey[]): readonly FailureKey[] {
  const step = keys.length / MOST_READ;
  if (step <= 1) return keys;
  return Array.from({ length: MOST_READ }, (_, at) => keys[Math.floor(at * step)]).filter((key) => key !== undefined);
}

/** How many of the open failures have which status, by those that were read. The rest has ended meanwhile. */
function shares(read: readonly LedgerEntry[], open: number, { looked, now }: { looked: number; now: number }) {
  const factor = looked === 0 ? 0 : open / looked;
  const statuses = read.map((entry) => statusOf(entry, now));
  const scaled = (count: number) => Math.round(count * factor);
  const those = (wanted: string) => statuses.filter((status) => status === wanted).length;
  const [held, undoing] = [scaled(those('held')), scaled(those('undoing'))];
  const all = scaled(those('running') + those('held') + those('undoing'));
  const inLane = scaled(read.filter(({ state, tier }) => state === 'open' && tier === 'hot').length);
  const behindCircuit = scaled(read.filter((entry, at) => statuses[at] === 'held' && entry.held === 'circuit').length);
  const [oldestAt] = read
    .filter(({ state }) => state === 'open')
    .map(({ receivedAt }) => receivedAt)
    .sort();
  return { running: Math.max(0, all - held - undoing), held, undoing, inLane, behindCircuit, oldestAt };
}

function sumOf(all: readonly FailureCounts[]): FailureCounts {
  const sum = (of: Exclude<keyof FailureCounts, 'isExact'>) => all.reduce((total, each) => total + each[of], 0);
  return {
    running: sum('running'),
    held: sum('held'),
    decision: sum('decision'),
    undoing: sum('undoing'),
    dead: sum('dead'),
    total: sum('total'),
    isExact: all.every(({ isExact }) => isExact),
  };
}
