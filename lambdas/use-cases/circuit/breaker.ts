import { CircuitOpenError } from '../../contract/errors.ts';
import { admission, type Circuit, nextTryAt, tallyStart } from '../../domain/circuit/circuit.ts';
import { type CallCounts, type CircuitSnapshot, INITIAL_SNAPSHOT } from '../../domain/circuit/circuit-store.ts';
import type { RetryBudgetPolicy } from '../../domain/circuit/retry-budget.ts';
import { tallySince } from '../../domain/circuit/tally.ts';
import { applyEvent, ContendedError, MAX_ROUNDS, replaceBy } from './apply-event.ts';
import type { BreakerContext } from './breaker-context.ts';
import { drawRetry } from './draw-retry.ts';

/** Leave to make one call; whoever has it says how the call ended. */
export interface Permit {
  readonly generation: number;
  /** Token of the probe's lease. */
  readonly probe?: string;
  /** A durable retry, which is no normal traffic. */
  readonly retry?: true;
}

export type Answer =
  | { readonly admitted: true; readonly permit: Permit }
  /** `retryAt`: epoch milliseconds at which to ask again. */
  | { readonly admitted: false; readonly retryAt: number; readonly because: 'circuit' | 'retry-budget' };

/** How long an instance goes by what it has read. */
const CACHE_MS = 1_000;
const CACHE_WHILE_RECOVERING_MS = 500;
/** How long nobody tries to reach a table that could not be reached. */
const UNREACHABLE_MS = 5_000;

/**
 * How an instance and the table are. `quiet`: calls are so rare that the next success is told at once, since nobody may come by
 * to tell it later.
 */
type Table = 'quiet' | 'busy' | 'unreachable';

/**
 * A shared circuit as one instance sees it. What it knows is a second old at most; successes are told at most once a second,
 * failures at once. It has no timers: whoever calls after that second does the telling.
 */
export class Breaker {
  readonly key: string;
  readonly #context: BreakerContext;
  #circuit: Circuit = INITIAL_SNAPSHOT.circuit;
  #generation = INITIAL_SNAPSHOT.generation;
  #version = INITIAL_SNAPSHOT.version;
  #staleAt = 0;
  /** Until then every call passes, or where there is a rejection none does. */
  #sureUntil = 0;
  #rejection: CircuitOpenError | undefined;
  #successes = 0;
  #failures = 0;
  #retries = 0;
  #table: Table = 'quiet';
  #exchanging: Promise<void> | undefined;

  constructor(key: string, context: BreakerContext) {
    this.key = key;
    this.#context = context;
  }

  /** Makes the call if the circuit lets it pass. @throws CircuitOpenError where it does not, or what the call throws */
  async call<T>(fn: () => Promise<T>, isFailure = this.#context.isFailure): Promise<T> {
    // The ways of nearly all calls.
    const { now, turnNow = now } = this.#context;
    if (turnNow() >= this.#sureUntil) return this.#callAfterAsking(fn, isFailure);
    if (this.#rejection) throw this.#rejection;
    const generation = this.#generation;
    let result: T;
    try {
      result = await fn();
    } catch (error) {
      await (isFailure(error) ? this.failed({ generation }) : this.succeeded({ generation }));
      throw error;
    }
    if (this.#table === 'quiet' || generation !== this.#generation) await this.succeeded({ generation });
    else this.#successes++;
    return result;
  }

  /**
   * Whether a call may be made. Never throws: where the table can't be reached, calls pass.
   *
   * @param retries given for a durable retry, which draws from the dependency's budget unless it has `paid`
   */
  async ask(retries?: RetryBudgetPolicy | 'paid'): Promise<Answer> {
    await this.refresh();
    const now = this.#context.now();
    const verdict = admission(this.#circuit, now, this.#context.random(), this.#context.policy);
    switch (verdict) {
      case 'admit':
        return this.#admitted(retries);
      case 'reject':
        return this.#rejected(now);
      case 'ask':
        return this.#takeProbe(now);
      default:
        return verdict satisfies never;
    }
  }

  /** Learns what the table holds, unless that was less than a second ago. */
  async refresh(): Promise<void> {
    if (this.#context.now() >= this.#staleAt) await this.#exchange();
  }

  /** When a call may be made, as far as is known, in epoch milliseconds. Nothing is changed by asking so. */
  async mayAskAt(): Promise<number> {
    await this.refresh();
    const { now: clock, random, policy } = this.#context;
    const now = clock();
    if (admission(this.#circuit, now, 1, policy) !== 'reject') return now;
    return this.#circuit.kind === 'forced-open' ? this.#circuit.until : nextTryAt(this.#circuit, now, random());
  }

  /** The call went well, or failed by no fault of the dependency's. */
  async succeeded(permit: Permit): Promise<void> {
    if (permit.probe !== undefined) return this.#tell({ type: 'probed', token: permit.probe, ok: true });
    if (permit.generation !== this.#generation) return;
    this.#successes++;
    if (permit.retry) this.#retries++;
    if (this.#table === 'quiet') await this.#exchange();
  }

  /** The dependency failed. */
  async failed(permit: Permit): Promise<void> {
    if (permit.probe !== undefined) return this.#tell({ type: 'probed', token: permit.probe, ok: false });
    if (permit.generation !== this.#generation) return;
    this.#failures++;
    if (permit.retry) this.#retries++;
    if (this.#table !== 'unreachable' || this.#context.now() >= this.#staleAt) await this.#exchange();
  }

  /** The call was not made after all. */
  async withdraw({ probe }: Permit): Promise<void> {
    if (probe !== undefined) await this.#tell({ type: 'withdrawn', token: probe });
  }

  async #callAfterAsking<T>(fn: () => Promise<T>, isFailure: BreakerContext['isFailure']): Promise<T> {
    const answer = await this.ask();
    if (!answer.admitted) throw this.#rejection ?? new CircuitOpenError(answer.retryAt);
    let result: T;
    try {
      result = await fn();
    } catch (error) {
      await (isFailure(error) ? this.failed(answer.permit) : this.succeeded(answer.permit));
      throw error;
    }
    await this.succeeded(answer.permit);
    return result;
  }

  #rejected(now: number): Answer {
    return { admitted: false, retryAt: nextTryAt(this.#circuit, now, this.#context.random()), because: 'circuit' };
  }

  async #takeProbe(now: number): Promise<Answer> {
    const token = this.#context.newToken();
    try {
      const after = await applyEvent(this.key, { type: 'asked', now, token }, this.#context);
      this.#adopt(after, now);
      const { circuit, generation } = after;
      const isMine = circuit.kind === 'half-open' && circuit.probes.some((probe) => probe.token === token);
      if (isMine) return { admitted: true, permit: { generation, probe: token } };
      // Somebody has taken the last place, or the circuit has gone on meanwhile.
      const isClosed = circuit.kind === 'closed' || circuit.kind === 'forced-closed';
      return isClosed ? { admitted: true, permit: { generation } } : this.#rejected(now);
    } catch (error) {
      return this.#passUnasked(error, now);
    }
  }

  /** What can't be told is not lost: the lease of the probe ends by itself. */
  async #tell(
    event: { type: 'probed'; token: string; ok: boolean } | { type: 'withdrawn'; token: string },
  ): Promise<void> {
    const now = this.#context.now();
    try {
      this.#adopt(await applyEvent(this.key, { ...event, now }, this.#context), now);
    } catch (error) {
      if (!(error instanceof ContendedError)) this.#context.watcher.unreachable(error);
    }
  }

  #admitted(retries?: RetryBudgetPolicy | 'paid'): Answer | Promise<Answer> {
    const generation = this.#generation;
    if (retries === undefined) return { admitted: true, permit: { generation } };
    return retries === 'paid' ? { admitted: true, permit: { generation, retry: true } } : this.#drawRetry(retries);
  }

  async #drawRetry(policy: RetryBudgetPolicy): Promise<Answer> {
    const now = this.#context.now();
    try {
      const at = await drawRetry(this.key, policy, { ...this.#context, now });
      if (at > now) return { admitted: false, retryAt: at, because: 'retry-budget' };
      // Drawing takes a while, in which the circuit may have opened.
      return this.ask('paid');
    } catch (error) {
      return this.#passUnasked(error, now);
    }
  }

  #passUnasked(error: unknown, now: number): Answer {
    // The table is there, and so busy that others were always faster. Nothing was paid.
    if (error instanceof ContendedError) {
      const retryAt = now + Math.floor((1 + 2 * this.#context.random()) * CACHE_MS);
      return { admitted: false, retryAt, because: 'circuit' };
    }
    this.#failOpen(error, now);
    return { admitted: true, permit: { generation: this.#generation } };
  }

  /**
   * Tells the table what was counted, and learns what it holds. One exchange at a time: who comes meanwhile waits for it, and
   * then for the next, which takes along what all of them have counted.
   */
  async #exchange(): Promise<void> {
    await this.#exchanging;
    const isTold = this.#successes + this.#failures === 0 || this.#table === 'unreachable';
    const isDone = isTold && this.#context.now() < this.#staleAt;
    if (isDone && !this.#exchanging) return;
    this.#exchanging ??= this.#exchangeNow().finally(() => {
      this.#exchanging = undefined;
    });
    await this.#exchanging;
  }

  async #exchangeNow(): Promise<void> {
    const { store, now: clock } = this.#context;
    const now = clock();
    let untold = this.#takeOutcomes(now);
    const next = untold ? 'busy' : 'quiet';
    if (this.#table === 'quiet') this.#table = next;
    try {
      const snapshot = untold ? await store.add(this.key, untold, now) : await store.read(this.key, now);
      untold = undefined;
      this.#table = next;
      this.#adopt(await this.#judged(snapshot, now), now);
    } catch (error) {
      if (untold) this.#putBack(untold);
      this.#failOpen(error, now);
    }
  }

  /** What was counted since the last exchange, unless it is so old that no window holds it. */
  #takeOutcomes(now: number): CallCounts | undefined {
    const successes = this.#successes;
    const failures = this.#failures;
    const traffic = successes + failures - this.#retries;
    const at = failures > 0 ? now : Math.min(now, this.#staleAt);
    this.#successes = this.#failures = this.#retries = 0;
    if (successes + failures === 0 || now - at > this.#context.policy.windowMs) return undefined;
    return { generation: this.#generation, at, successes, failures, traffic };
  }

  #putBack({ generation, successes, failures, traffic }: CallCounts): void {
    if (generation !== this.#generation) return;
    this.#successes += successes;
    this.#failures += failures;
    this.#retries += successes + failures - traffic;
  }

  /** What becomes of the circuit by what was counted; again where it has changed meanwhile. */
  async #judged(counted: CircuitSnapshot, now: number): Promise<CircuitSnapshot> {
    const { policy, store } = this.#context;
    let snapshot = counted;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const tally = tallySince(snapshot.buckets, tallyStart(snapshot.circuit, now, policy));
      const after = await replaceBy(this.key, snapshot, { type: 'counted', now, tally }, this.#context);
      if (after) return after;
      snapshot = await store.read(this.key, now);
    }
    return snapshot;
  }

  #adopt({ circuit, generation, version }: CircuitSnapshot, now: number): void {
    // An answer that was overtaken by a newer one; an item that was begun anew is believed when that is stale.
    if (version < this.#version && now < this.#staleAt) return;
    if (generation !== this.#generation) this.#successes = this.#failures = this.#retries = 0;
    this.#circuit = circuit;
    this.#generation = generation;
    this.#version = version;
    if (this.#table === 'unreachable') this.#table = 'busy';
    this.#staleAt = now + (circuit.kind === 'recovering' ? CACHE_WHILE_RECOVERING_MS : CACHE_MS);
    const until = 'until' in circuit ? circuit.until : Number.POSITIVE_INFINITY;
    const isOpen = circuit.kind === 'open' || circuit.kind === 'forced-open';
    const isSure = isOpen || circuit.kind === 'closed' || circuit.kind === 'forced-closed';
    this.#sureUntil = isSure ? Math.min(this.#staleAt, until) : 0;
    this.#rejection = isOpen ? new CircuitOpenError(nextTryAt(circuit, now, this.#context.random())) : undefined;
  }

  #failOpen(error: unknown, now: number): void {
    this.#context.watcher.unreachable(error);
    this.#circuit = INITIAL_SNAPSHOT.circuit;
    this.#table = 'unreachable';
    this.#rejection = undefined;
    this.#staleAt = this.#sureUntil = now + UNREACHABLE_MS;
  }
}
