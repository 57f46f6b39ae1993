import { seededRandom } from '../bench/seeded-random.ts';
import { adopt, crossBoundary, type Fate } from './boundary.ts';
import { mutated } from './mutate.ts';
import { SEEDS } from './seeds.ts';

/** No message may keep a worker busy for longer, in milliseconds of its thread's CPU. */
export const LIMIT_MS = 50;
const KINDS = ['http', 'lambda', 'queue', 'state-machine'] as const;

export interface Fuzzed {
  readonly events: number;
  /** How many messages had each fate. */
  readonly fates: Readonly<Record<Fate, number>>;
  /** Messages that made something throw, at most ten, with the error. */
  readonly thrown: readonly string[];
  /** Messages that took longer than the limit each time, at most ten. */
  readonly slow: readonly string[];
  readonly longestMs: number;
}

/** Puts generated messages through the boundary. The same seed generates the same ones. */
export function fuzzBoundary(events: number, seed: number): Fuzzed {
  const random = seededRandom(seed);
  const fates: Record<Fate, number> = {};
  const [thrown, slow]: [string[], string[]] = [[], []];
  let longestMs = 0;
  for (let at = 0; at < events; at++) {
    const text = mutated(SEEDS[at % SEEDS.length], random);
    const kind = KINDS[Math.floor(random() * KINDS.length)] ?? 'http';
    const cross = random() < 0.9 ? crossBoundary : adopt;
    try {
      const { fate, tookMs } = timed(() => cross(text, kind));
      fates[fate] = (fates[fate] ?? 0) + 1;
      longestMs = Math.max(longestMs, tookMs);
      if (tookMs > LIMIT_MS && slow.length < 10) slow.push(text.slice(0, 500));
    } catch (error) {
      if (thrown.length < 10) thrown.push(`${kind}: ${error} for ${text.slice(0, 500)}`);
    }
  }
  return { events, fates, thrown, slow, longestMs };
}

/** Measures again what took long, because a compiler or a garbage collector may have run meanwhile. */
function timed(act: () => Fate): { readonly fate: Fate; readonly tookMs: number } {
  let { fate, tookMs } = timedOnce(act);
  for (let more = 0; more < 5 && tookMs > LIMIT_MS; more++) tookMs = Math.min(tookMs, timedOnce(act).tookMs);
  return { fate, tookMs };
}

function timedOnce(act: () => Fate): { readonly fate: Fate; readonly tookMs: number } {
  const before = process.threadCpuUsage();
  const fate = act();
  const { user, system } = process.threadCpuUsage(before);
  return { fate, tookMs: (user + system) / 1_000 };
}
