import { CircuitOpenError } from '../../contract/errors.ts';
import { admission, type Circuit, nextTryAt, tallyStart } from '../../domain/circuit/circuit.ts';
import { type CallCounts, type CircuitSnapshot, INITIAL_SNAPSHOT } from '../../domain/circuit/circuit-store.ts';
import type { RetryBudgetPolicy } from '../../domain/circuit/retry-budget.ts';
import { tallySince } from '../../domain/circuit/tally.ts';
import { applyEvent, ContendedError, MAX_ROUNDS, replaceBy } from './apply-event.ts';
import type { BreakerContext } from './breaker-context.ts';
import { drawRetry } from './draw-retry.ts';

/** Permission to make one call. The holder reports how the call ended, or withdraws it. */
export interface Permit {
  readonly generation: number;
  /** Token of the probe's lease. */
  readonly probe?: string;
  /** Set for a durable retry, which does not count as normal traffic. */
  readonly retry?: true;
}

export type AcquireResult =
  | { readonly admitted: true; readonly permit: Permit }
  /** `retryAt`: when to ask again, in epoch milliseconds. */
  | { readonly admitted: false; readonly retryAt: number; readonly because: 'circuit' | 'retry-budget' };

/** How long an instance trusts the state that it has read. */
const CACHE_MS = 1_000;
const CACHE_WHILE_RECOVERING_MS = 500;
/** How long an instance leaves an unreachable table alone. */
const UNREACHABLE_MS = 5_000;

/**
 * State of an instance's connection to the table. `quiet`: calls are rare, so the instance sends the next success at
 * once, because no later call may come to send it.
 */
type Table = 'quiet' | 'busy' | 'unreachable';

/**
 * A shared circuit as one instance sees it. Its state is at most a second old. It sends successes at most once a second
 * and failures at once. It has no timers: the first call after that second sends the counts.
 */
export class Breaker {
  readonly key: string;
  readonly #context: BreakerContext;
  #circuit: Circuit = INITIAL_SNAPSHOT.circuit;
  #generation = INITIAL_SNAPSHOT.generation;
  #version = INITIAL_SNAPSHOT.version;
  #staleAt = 0;
  /** Until then, in epoch milliseconds, every call passes; or none does, if `#rejection` is set. */
  #decidedUntil = 0;
  #rejection: CircuitOpenError | undefined;
  #successes = 0;
  #failures = 0;
  #retries = 0;
  #table: Table = 'quiet';
  #syncing: Promise<void> | undefined;

  constructor(key: string, context: BreakerContext) {
    this.key = key;
    this.#context = context;
  }

  /** Makes the call if the circuit admits it. @throws CircuitOpenError if it does not; else what the call throws */
  async call<T>(fn: () => Promise<T>, isFailure = this.#context.isFailure): Promise<T> {
    // The fast path, which nearly all calls take.
    const { now, turnNow = now } = this.#context;
    if (turnNow() >= this.#decidedUntil) return this.#callWithPermit(fn, isFailure);
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
   * Acquires a permit for one call. Never throws: admits every call while the table is unreachable.
   *
   * @param retries for a durable retry: the budget to draw from, or `paid` if the retry has drawn already
   */
  async tryAcquire(retries?: RetryBudgetPolicy | 'paid'): Promise<AcquireResult> {
    await this.refresh();
    const now = this.#context.now();
    const verdict = admission(this.#circuit, now, this.#context.random(), this.#context.policy);
    switch (verdict) {
      case 'admit':
        return this.#admitted(retries);
      case 'reject':
        return this.#rejected(now);
      case 'ask':
        return this.#acquireProbe(now);
      default:
        return verdict satisfies never;
    }
  }

  /** Reads the table, unless the last read is less than a second old. */
  async refresh(): Promise<void> {
    if (this.#context.now() >= this.#staleAt) await this.#sync();
  }

  /** Estimates when the circuit next admits a call, in epoch milliseconds. Changes nothing. */
  async earliestCallAt(): Promise<number> {
    await this.refresh();
    const { now: clock, random, policy } = this.#context;
    const now = clock();
    if (admission(this.#circuit, now, 1, policy) !== 'reject') return now;
    return this.#circuit.kind === 'forced-open' ? this.#circuit.until : nextTryAt(this.#circuit, now, random());
  }

  /** Reports a call that succeeded, or that failed for a reason that does not count against the dependency. */
  async succeeded(permit: Permit): Promise<void> {
    if (permit.probe !== undefined) return this.#reportProbe({ type: 'probed', token: permit.probe, ok: true });
    if (permit.generation !== this.#generation) return;
    this.#successes++;
    if (permit.retry) this.#retries++;
    if (this.#table === 'quiet') await this.#sync();
  }

  /** Reports a call that counts against the dependency. */
  async failed(permit: Permit): Promise<void> {
    if (permit.probe !== undefined) return this.#reportProbe({ type: 'probed', token: permit.probe, ok: false });
    if (permit.generation !== this.#generation) return;
    this.#failures++;
    if (permit.retry) this.#retries++;
    if (this.#table !== 'unreachable' || this.#context.now() >= this.#staleAt) await this.#sync();
  }

  /** Returns a permit whose call was not made. */
  async withdraw({ probe }: Permit): Promise<void> {
    if (probe !== undefined) await this.#reportProbe({ type: 'withdrawn', token: probe });
  }

  async #callWithPermit<T>(fn: () => Promise<T>, isFailure: BreakerContext['isFailure']): Promise<T> {
    const answer = await this.tryAcquire();
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

  #rejected(now: number): AcquireResult {
    return { admitted: false, retryAt: nextTryAt(this.#circuit, now, this.#context.random()), because: 'circuit' };
  }

  async #acquireProbe(now: number): Promise<AcquireResult> {
    const token = this.#context.newToken();
    try {
      const after = await applyEvent(this.key, { type: 'asked', now, token }, this.#context);
      this.#adopt(after, now);
      const { circuit, generation } = after;
      const isMine = circuit.kind === 'half-open' && circuit.probes.some((probe) => probe.token === token);
      if (isMine) return { admitted: true, permit: { generation, probe: token } };
      // Another instance took the last probe, or the circuit has changed meanwhile.
      const isClosed = circuit.kind === 'closed' || circuit.kind === 'forced-closed';
      return isClosed ? { admitted: true, permit: { generation } } : this.#rejected(now);
    } catch (error) {
      return this.#admitOnStoreError(error, now);
    }
  }

  /** Reports a probe's end. If that fails, the probe's lease expires and the circuit probes again. */
  async #reportProbe(
    event: { type: 'probed'; token: string; ok: boolean } | { type: 'withdrawn'; token: string },
  ): Promise<void> {
    const now = this.#context.now();
    try {
      this.#adopt(await applyEvent(this.key, { ...event, now }, this.#context), now);
    } catch (error) {
      if (!(error instanceof ContendedError)) this.#context.watcher.unreachable(error);
    }
  }

  #admitted(retries?: RetryBudgetPolicy | 'paid'): AcquireResult | Promise<AcquireResult> {
    const generation = this.#generation;
    if (retries === undefined) return { admitted: true, permit: { generation } };
    return retries === 'paid' ? { admitted: true, permit: { generation, retry: true } } : this.#drawRetry(retries);
  }

  async #drawRetry(policy: RetryBudgetPolicy): Promise<AcquireResult> {
    const now = this.#context.now();
    try {
      const at = await drawRetry(this.key, policy, { ...this.#context, now });
      if (at > now) return { admitted: false, retryAt: at, because: 'retry-budget' };
      // The circuit may have opened while this retry drew from the budget.
      return this.tryAcquire('paid');
    } catch (error) {
      return this.#admitOnStoreError(error, now);
    }
  }

  #admitOnStoreError(error: unknown, now: number): AcquireResult {
    // The table is reachable but contended: other writers won every round. The retry has drawn nothing.
    if (error instanceof ContendedError) {
      const retryAt = now + Math.floor((1 + 2 * this.#context.random()) * CACHE_MS);
      return { admitted: false, retryAt, because: 'circuit' };
    }
    this.#failOpen(error, now);
    return { admitted: true, permit: { generation: this.#generation } };
  }

  /**
   * Sends the counts to the table and reads its state, one exchange at a time. Callers that arrive meanwhile wait for
   * it and then share the next exchange, which sends the counts of all of them.
   */
  async #sync(): Promise<void> {
    await this.#syncing;
    const isSent = this.#successes + this.#failures === 0 || this.#table === 'unreachable';
    const isDone = isSent && this.#context.now() < this.#staleAt;
    if (isDone && !this.#syncing) return;
    this.#syncing ??= this.#syncNow().finally(() => {
      this.#syncing = undefined;
    });
    await this.#syncing;
  }

  async #syncNow(): Promise<void> {
    const { store, now: clock } = this.#context;
    const now = clock();
    let unsent = this.#takeOutcomes(now);
    const next = unsent ? 'busy' : 'quiet';
    if (this.#table === 'quiet') this.#table = next;
    try {
      const snapshot = unsent ? await store.add(this.key, unsent, now) : await store.read(this.key, now);
      unsent = undefined;
      this.#table = next;
      this.#adopt(await this.#applyCounts(snapshot, now), now);
    } catch (error) {
      if (unsent) this.#restoreOutcomes(unsent);
      this.#failOpen(error, now);
    }
  }

  /** Takes the counts since the last exchange; undefined if there are none, or if they are older than the window. */
  #takeOutcomes(now: number): CallCounts | undefined {
    const successes = this.#successes;
    const failures = this.#failures;
    const traffic = successes + failures - this.#retries;
    const at = failures > 0 ? now : Math.min(now, this.#staleAt);
    this.#successes = this.#failures = this.#retries = 0;
    if (successes + failures === 0 || now - at > this.#context.policy.windowMs) return undefined;
    return { generation: this.#generation, at, successes, failures, traffic };
  }

  #restoreOutcomes({ generation, successes, failures, traffic }: CallCounts): void {
    if (generation !== this.#generation) return;
    this.#successes += successes;
    this.#failures += failures;
    this.#retries += successes + failures - traffic;
  }

  /** Lets the stored counts open, close or ramp the circuit. Retries if another writer changed it in between. */
  async #applyCounts(counted: CircuitSnapshot, now: number): Promise<CircuitSnapshot> {
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
    // Ignore an overtaken answer. A recreated item restarts its versions, so adopt it once the own state is stale.
    if (version < this.#version && now < this.#staleAt) return;
    if (generation !== this.#generation) this.#successes = this.#failures = this.#retries = 0;
    this.#circuit = circuit;
    this.#generation = generation;
    this.#version = version;
    if (this.#table === 'unreachable') this.#table = 'busy';
    this.#staleAt = now + (circuit.kind === 'recovering' ? CACHE_WHILE_RECOVERING_MS : CACHE_MS);
    const until = 'until' in circuit ? circuit.until : Number.POSITIVE_INFINITY;
    const isOpen = circuit.kind === 'open' || circuit.kind === 'forced-open';
    const isDecided = isOpen || circuit.kind === 'closed' || circuit.kind === 'forced-closed';
    this.#decidedUntil = isDecided ? Math.min(this.#staleAt, until) : 0;
    this.#rejection = isOpen ? new CircuitOpenError(nextTryAt(circuit, now, this.#context.random())) : undefined;
  }

  #failOpen(error: unknown, now: number): void {
    this.#context.watcher.unreachable(error);
    this.#circuit = INITIAL_SNAPSHOT.circuit;
    this.#table = 'unreachable';
    this.#rejection = undefined;
    this.#staleAt = this.#decidedUntil = now + UNREACHABLE_MS;
  }
}
