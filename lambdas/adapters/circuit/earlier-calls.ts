import type { Clock } from '../../contract/time.ts';
import { classify } from '../../domain/classification/classify.ts';
import { BoundedMap } from './bounded-map.ts';

/** The longest time of a Lambda function. A loop of the caller's ends within it. */
const MAX_AGE_MS = 15 * 60_000;
const MOST_CALLS = 500;
const MAX_KEY_LENGTH = 4_096;

interface Earlier {
  readonly calls: number;
  readonly at: number;
}

/**
 * The calls of one function that failed and may have taken effect. Equal arguments mean the same operation: a loop of
 * the caller's has made the call before. Forgets what has succeeded since.
 */
export class EarlierCalls {
  readonly #byArguments = new BoundedMap<string, Earlier>(MOST_CALLS);
  readonly #now: Clock;

  constructor(now: Clock = Date.now) {
    this.#now = now;
  }

  /** Of a call with these arguments, how many others may have taken effect. */
  before(args: readonly unknown[]): number {
    const earlier = this.#byArguments.size > 0 ? this.#byArguments.get(keyOf(args)) : undefined;
    return earlier === undefined || this.#now() - earlier.at > MAX_AGE_MS ? 0 : earlier.calls;
  }

  /** A call that was made has failed. */
  failed(args: readonly unknown[], error: unknown): void {
    const now = this.#now();
    if (classify(error, { rules: [], refreshable: false, attempts: 0, isReported: true, now }).effect === 'none')
      return;
    this.#byArguments.set(keyOf(args), { calls: this.before(args) + 1, at: now });
  }

  /** Costs nothing while no call fails. */
  succeeded(args: readonly unknown[]): void {
    if (this.#byArguments.size > 0) this.#byArguments.delete(keyOf(args));
  }
}

/** What no JSON tells apart counts as equal. In doubt, a call may have been made before. */
function keyOf(args: readonly unknown[]): string {
  try {
    return JSON.stringify(args).slice(0, MAX_KEY_LENGTH);
  } catch {
    return String(args.length);
  }
}
