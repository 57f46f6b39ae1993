import { CircuitOpenError } from '../../contract/errors.ts';
import { admission, shareOf } from '../../domain/circuit/admission.ts';
import { takeSlot } from '../../domain/circuit/ramp.ts';
import type { RetryBudgetPolicy } from '../../domain/circuit/retry-budget.ts';
import { applyEvent, ContendedError } from './apply-event.ts';
import type { BreakerContext } from './breaker-context.ts';
import { CACHE_MS, CircuitView, UNREACHABLE_MS } from './circuit-view.ts';
import { drawRetry } from './draw-retry.ts';
import { type AcquireResult, isFresh, type Permit } from './permit.ts';
import { requestProbe } from './request-probe.ts';
import { requestSlot } from './request-slot.ts';

/** Time after the last look in which a call may be refused without another. Calls vary it by half. */
const BLIND_MS = 4_000;
/** Asks for each of these times. One in vain costs a read, and one too few costs a call. */
const SEEKERS_PER_CALL = 2;

/**
 * A shared circuit as one instance sees it. Its state is at most a second old. It sends successes at most once a second
 * and failures at once. It has no timers: the first call after that second sends the counts.
 */
export class Breaker extends CircuitView {
  /** Makes the call if the circuit admits it. @throws CircuitOpenError if it does not; else what the call throws */
  async call<T>(fn: () => Promise<T>, isFailure = this.context.isFailure, leaseMs?: number): Promise<T> {
    // The fast path, which nearly all calls take.
    const { now, turnNow = now } = this.context;
    const left = this.decidedUntil - turnNow();
    if (!(left > 0 && left <= UNREACHABLE_MS)) return this.#callWithPermit(fn, isFailure, leaseMs);
    if (this.rejection) {
      this.asks?.refuse();
      throw this.rejection;
    }
    const generation = this.generation;
    let result: T;
    try {
      result = await fn();
    } catch (error) {
      await (isFailure(error) ? this.failed({ generation }) : this.succeeded({ generation }));
      throw error;
    }
    if (this.table === 'quiet' || generation !== this.generation) await this.succeeded({ generation });
    else this.countSuccess();
    return result;
  }

  /**
   * Acquires a permit for one call. Never throws: admits every call while the table is unreachable.
   *
   * @param retries for a durable retry: the budget to draw from, or `paid` if the retry has drawn already
   * @param leaseMs how long the call may take, in milliseconds, if longer than the policy's lease
   */
  async tryAcquire(retries?: RetryBudgetPolicy | 'paid', leaseMs?: number): Promise<AcquireResult> {
    const notes = this.asks;
    notes?.ask(this.context.now());
    if (this.#mayWait()) return this.#rejected(this.context.now());
    await (notes?.isSeldom && this.circuit.kind === 'recovering' ? this.sync() : this.refresh());
    const now = this.context.now();
    if (this.asks !== notes) this.asks?.ask(now);
    const asks = this.asks?.perSecond;
    const share = shareOf(this.circuit, now, asks);
    const paced = this.pace(share, asks);
    const seeking = paced === undefined ? share : SEEKERS_PER_CALL * share;
    const turn = this.asks?.turn(seeking, now, this.context.random) ?? 0;
    if (paced !== undefined) {
      return this.asks?.isSeldom || turn < seeking ? this.#acquireSlot(now, paced, retries) : this.#rejected(now);
    }
    const verdict = admission(this.circuit, now, { turn, asks }, this.context.policy);
    switch (verdict) {
      case 'admit':
        return this.#admitted(now, retries);
      case 'reject':
        return this.#rejected(now);
      case 'ask':
        return this.asks?.maySeekProbe(this.context.random) === false
          ? this.#rejected(now)
          : this.#acquireProbe(now, leaseMs);
      default:
        return verdict satisfies never;
    }
  }

  /** Reads the table, unless the last read is less than a second old. */
  async refresh(): Promise<void> {
    if (this.isStale()) await this.sync();
  }

  /** Estimates when the circuit next admits a call, in epoch milliseconds. Changes nothing. */
  async earliestCallAt(): Promise<number> {
    await this.refresh();
    const { now: clock, policy } = this.context;
    const now = clock();
    if (admission(this.circuit, now, { turn: 1 }, policy) !== 'reject') return now;
    return this.circuit.kind === 'forced-open' ? this.circuit.until : this.nextTryAt(now);
  }

  /** Reports a call that succeeded, or that failed for a reason that does not count against the dependency. */
  async succeeded(permit: Permit): Promise<void> {
    if (permit.probe !== undefined) return this.#reportProbe({ type: 'probed', token: permit.probe, ok: true });
    if (permit.generation !== this.generation) return;
    this.countSuccess();
    if (permit.retry) this.noted().retries++;
    if (this.table === 'quiet' || this.isPaced) await this.sync();
  }

  /** Reports a call that counts against the dependency. */
  async failed(permit: Permit): Promise<void> {
    if (permit.probe !== undefined) return this.#reportProbe({ type: 'probed', token: permit.probe, ok: false });
    if (permit.generation !== this.generation) return;
    const notes = this.noted();
    notes.failures++;
    notes.successes += this.successes;
    notes.endsWithFailure = true;
    this.successes = 0;
    if (permit.retry) notes.retries++;
    if (this.table !== 'unreachable' || this.isStale()) await this.sync();
  }

  /** Returns a permit whose call was not made. */
  async withdraw({ probe }: Permit): Promise<void> {
    if (probe !== undefined) await this.#reportProbe({ type: 'withdrawn', token: probe });
  }

  async #callWithPermit<T>(fn: () => Promise<T>, isFailure: BreakerContext['isFailure'], leaseMs?: number): Promise<T> {
    const answer = await this.tryAcquire(undefined, leaseMs);
    if (!answer.admitted) throw this.rejection ?? new CircuitOpenError(answer.retryAt);
    if (!isFresh(answer.permit, this.context.now())) {
      await this.withdraw(answer.permit);
      return this.#callWithPermit(fn, isFailure, leaseMs);
    }
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

  /** Where many instances wait, each looks at the table less often. */
  #mayWait(): boolean {
    const circuit = this.circuit;
    if (circuit.kind !== 'open' && circuit.kind !== 'half-open') return false;
    const now = this.context.now();
    const until = 'until' in circuit && circuit.until <= now ? circuit.until : 0;
    const blind = now - Math.max(this.staleAt, until);
    const { random } = this.context;
    // Instances that saw the circuit open at the same moment would else look at the same moment, again and again.
    const isBlind = this.isStale() && blind >= 0 && blind < BLIND_MS * (0.5 + random());
    return isBlind && this.asks?.mayWait(random) === true;
  }

  async #acquireSlot(now: number, perSecond: number, retries?: RetryBudgetPolicy | 'paid'): Promise<AcquireResult> {
    const { circuit } = this;
    if (circuit.kind === 'recovering' && !takeSlot(circuit.ramp, now, perSecond)) return this.#rejected(now);
    try {
      const after = await requestSlot(this.key, { now, perSecond }, this.context);
      if (after) this.adoptBetween(after, now);
      return after ? this.#admitted(now, retries) : this.#rejected(now);
    } catch (error) {
      return this.#admitOnStoreError(error, now);
    }
  }

  #rejected(now: number): AcquireResult {
    this.asks?.refuse();
    return { admitted: false, retryAt: this.nextTryAt(now), because: 'circuit' };
  }

  async #acquireProbe(now: number, leaseMs?: number): Promise<AcquireResult> {
    try {
      const { after, permit } = await requestProbe(this.key, { now, leaseMs }, this.context);
      this.adopt(after, now);
      return permit ? { admitted: true, permit } : this.#rejected(now);
    } catch (error) {
      return this.#admitOnStoreError(error, now);
    }
  }

  /** Reports a probe's end. If that fails, the probe's lease expires and the circuit probes again. */
  async #reportProbe(
    event: { type: 'probed'; token: string; ok: boolean } | { type: 'withdrawn'; token: string },
  ): Promise<void> {
    const now = this.context.now();
    try {
      this.adopt(
        await applyEvent(
          this.key,
          { ...event, now, ...(event.type === 'probed' && { asks: this.asks?.perSecond }) },
          this.context,
        ),
        now,
      );
    } catch (error) {
      if (!(error instanceof ContendedError)) this.context.watcher.unreachable(error);
    }
  }

  #admitted(at: number, retries?: RetryBudgetPolicy | 'paid'): AcquireResult | Promise<AcquireResult> {
    const permit = { generation: this.generation, at };
    if (retries === undefined) return { admitted: true, permit };
    return retries === 'paid' ? { admitted: true, permit: { ...permit, retry: true } } : this.#drawRetry(retries);
  }

  async #drawRetry(policy: RetryBudgetPolicy): Promise<AcquireResult> {
    const now = this.context.now();
    try {
      const at = await drawRetry(this.key, policy, { ...this.context, now });
      if (at > now) return { admitted: false, retryAt: at, because: 'retry-budget' };
      // The circuit may have opened while this retry drew from the budget.
      return this.tryAcquire('paid');
    } catch (error) {
      return this.#admitOnStoreError(error, now);
    }
  }

  #admitOnStoreError(error: unknown, now: number): AcquireResult | Promise<AcquireResult> {
    // The table is reachable but contended: other writers won every round. The retry has drawn nothing.
    if (error instanceof ContendedError) {
      const retryAt = now + Math.floor((1 + 2 * this.context.random()) * CACHE_MS);
      return { admitted: false, retryAt, because: 'circuit' };
    }
    this.failOpen(error, now);
    return this.table === 'doubtful' ? this.#rejected(now) : this.#admitted(now);
  }
}
