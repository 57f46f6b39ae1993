import { CALL_MS, HOT_WAIT_MS, LIMITS, type LimitName, REQUEST_MS } from './limits.ts';
import { type Ending, type FailureNeeds, MIX, NEEDS } from './needs.ts';

/** What a mean failure of the mix needs. */
export function meanOf(field: keyof FailureNeeds): number {
  return Object.entries(MIX).reduce((sum, [ending, share]) => sum + share * NEEDS[ending as Ending][field], 0);
}

/** Seconds for which a worker is busy with a mean failure. */
export function workerSeconds(): number {
  const waits = Math.max(0, meanOf('hotCalls') - 1) * HOT_WAIT_MS;
  return (meanOf('workerRequests') * REQUEST_MS + meanOf('hotCalls') * CALL_MS + waits) / 1_000;
}

/** Seconds for which the functions of the Recovery machine are busy with a mean failure. */
function machineSeconds(): number {
  const durableCalls = meanOf('calls') - meanOf('hotCalls');
  return (durableCalls * (CALL_MS + 5 * REQUEST_MS) + meanOf('starts') * 5 * REQUEST_MS) / 1_000;
}

/** What a rate of failures needs of each limit, for good. */
export function needAt(perSecond: number): Readonly<Record<LimitName, number>> {
  return {
    // The report, and the outcome.
    puts: perSecond * 2,
    invocations: perSecond,
    concurrency: perSecond * (workerSeconds() + machineSeconds()),
    starts: perSecond * meanOf('starts'),
    transitions: perSecond * meanOf('transitions'),
    writes: perSecond * meanOf('writes') * UNITS_A_WRITE,
  };
}

/** A write of an entry, with its indexes. */
const UNITS_A_WRITE = 2;

export interface Storm {
  readonly failures: number;
  /** Seconds over which they arrive. */
  readonly over: number;
  /** Batches that the workers of all dependencies take at once: the sum of their `maxConcurrency`. */
  readonly maxConcurrency: number;
}

export interface StormResult {
  /** Seconds until the last failure has left its lane queue. */
  readonly lanes: number;
  /** Seconds until the last failure has its outcome. */
  readonly all: number;
  /** Most messages in the lane queues. */
  readonly backlog: number;
  /** Seconds for which the oldest message of the lane queues waited at most. */
  readonly oldest: number;
  /** What made most failures wait. */
  readonly stopper: Stopper;
}

type Stopper = LimitName | 'maxConcurrency' | 'nothing';

/** A bucket of tokens, as AWS throttles. */
class Bucket {
  readonly #perSecond: number;
  readonly #most: number;
  #tokens: number;

  constructor({ perSecond, burst = perSecond }: { readonly perSecond: number; readonly burst?: number }) {
    this.#perSecond = perSecond;
    this.#most = burst;
    this.#tokens = burst;
  }

  get tokens(): number {
    return this.#tokens;
  }

  take(amount: number): void {
    this.#tokens -= amount;
  }

  refill(): void {
    this.#tokens = Math.min(this.#most, this.#tokens + this.#perSecond);
  }
}

/**
 * Sends a storm through a pipeline, second by second. What a limit refuses waits where SQS, EventBridge or the machine
 * keeps it, so nothing is lost; the result says how long it takes.
 */
export function simulateStorm({ failures, over, maxConcurrency }: Storm): StormResult {
  const buckets = { deliveries: new Bucket(LIMITS.invocations), puts: new Bucket(LIMITS.puts) };
  const starts = new Bucket(LIMITS.starts);
  const transitions = new Bucket(LIMITS.transitions);
  const workers = Math.min(maxConcurrency, LIMITS.concurrency.perSecond);
  const perFailure = { starts: meanOf('starts'), transitions: meanOf('transitions') / meanOf('starts') };
  const waiting: { at: number; amount: number }[] = [];
  const stoppers = new Map<Stopper, number>();
  let [arrived, sent, delivered, backlog, taken] = [0, 0, 0, 0, 0];
  let [inMachine, steps] = [0, 0];
  let [second, lanes, most, oldest] = [0, 0, 0, 0];
  while (taken < failures - 1e-6 || inMachine > 1e-6 || steps > 1e-6) {
    if (++second > LONGEST) throw new Error(`the storm does not end within ${LONGEST} s`);
    arrived = Math.min(failures, arrived + failures / over);
    const put = Math.min(arrived - sent, buckets.puts.tokens);
    note(stoppers, 'puts', arrived - sent - put);
    buckets.puts.take(put);
    sent += put;
    const deliverable = Math.min(sent - delivered, buckets.deliveries.tokens);
    note(stoppers, 'invocations', sent - delivered - deliverable);
    buckets.deliveries.take(deliverable);
    delivered += deliverable;
    backlog += deliverable;
    if (deliverable > 0) waiting.push({ at: second, amount: deliverable });
    most = Math.max(most, backlog);
    const able = workers / workerSeconds();
    const startable = starts.tokens / perFailure.starts;
    const served = Math.min(backlog, able, startable);
    if (backlog > served) note(stoppers, startable < able ? 'starts' : 'maxConcurrency', backlog - served);
    backlog -= served;
    taken += served;
    oldest = Math.max(oldest, second - leave(waiting, served, second));
    starts.take(served * perFailure.starts);
    steps += served * perFailure.starts * perFailure.transitions;
    inMachine += served * perFailure.starts;
    const made = Math.min(steps, transitions.tokens);
    note(stoppers, 'transitions', steps - made);
    transitions.take(made);
    steps -= made;
    inMachine = steps / perFailure.transitions;
    if (backlog > 1e-6 || taken < failures - 1e-6) lanes = second;
    for (const bucket of [buckets.deliveries, buckets.puts, starts, transitions]) bucket.refill();
  }
  const [[stopper] = ['nothing' as const]] = [...stoppers].toSorted(([, a], [, b]) => b - a);
  return { lanes: lanes + 1, all: second + DURABLE_S, backlog: Math.round(most), oldest, stopper };
}

/** A year: a storm that takes longer has no end here. */
const LONGEST = 31_536_000;
/** Seconds of the waits of a failure that becomes a dead letter: at most 20 s, 2 min and 12 min, all random. */
const DURABLE_S = 860;

function note(stoppers: Map<Stopper, number>, name: Stopper, held: number): void {
  if (held > 1e-6) stoppers.set(name, (stoppers.get(name) ?? 0) + held);
}

/** Takes the oldest messages out. @returns when the last of them arrived */
function leave(waiting: { at: number; amount: number }[], served: number, second: number): number {
  let left = served;
  let last = second;
  while (left > 1e-6 && waiting[0]) {
    const [first] = waiting;
    last = first.at;
    const amount = Math.min(left, first.amount);
    left -= amount;
    first.amount -= amount;
    if (first.amount <= 1e-6) waiting.shift();
  }
  return last;
}
