import { CircuitOpenError } from '../../contract/errors.ts';
import { admission, shareOf } from '../../domain/circuit/admission.ts';
import { type Circuit, isWaitedFor } from '../../domain/circuit/circuit-state.ts';
import { type CallCounts, type CircuitSnapshot, INITIAL_SNAPSHOT } from '../../domain/circuit/circuit-store.ts';
import type { RetryBudgetPolicy } from '../../domain/circuit/retry-budget.ts';
import { nextTryAt } from '../../domain/circuit/waiting.ts';
import { applyCounts, applyEvent, ContendedError } from './apply-event.ts';
import type { BreakerContext } from './breaker-context.ts';
import { countsToTell, withRestored } from './counts-to-tell.ts';
import { drawRetry } from './draw-retry.ts';
import { AskNotes, type FailureNotes, noFailures } from './notes.ts';
import { type AcquireResult, isFresh, type Permit } from './permit.ts';
import { requestProbe } from './request-probe.ts';

/** How long an instance leaves an unreachable table alone. Also the longest time that it trusts anything. */
const UNREACHABLE_MS = 5_000;
const CACHE_MS = 1_000;
/** Successes since the last exchange whose times matter. */
const FEW = 8;
const CACHE_WHILE_RECOVERING_MS = 500;
/** Time after the last look in which a call may be refused without another. */
const BLIND_MS = 4_000;

/**
 * State of an instance's connection to the table. `quiet`: calls are rare, so the instance sends the next success at
 * once, because no later call may come to send it. `doubtful`: the last request has failed.
 */
type Table = 'quiet' | 'busy' | 'doubtful' | 'unreachable';

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
  /** Since the newest failure. */
  #successes = 0;
  /** When the newest of a few successes ended, in milliseconds before `#staleAt`. */
  #endedMs = 0;
  #failures: FailureNotes | undefined;
  #asks: AskNotes | undefined;
  #table: Table = 'quiet';
  #syncing: Promise<void> | undefined;

  constructor(key: string, context: BreakerContext) {
    this.key = key;
    this.#context = context;
  }

  /** Makes the call if the circuit admits it. @throws CircuitOpenError if it does not; else what the call throws */
  async call<T>(fn: () => Promise<T>, isFailure = this.#context.isFailure, leaseMs?: number): Promise<T> {
    // The fast path, which nearly all calls take.
    const { now, turnNow = now } = this.#context;
    const left = this.#decidedUntil - turnNow();
    if (!(left > 0 && left <= UNREACHABLE_MS)) return this.#callWithPermit(fn, isFailure, leaseMs);
    if (this.#rejection) {
      this.#asks?.refuse();
      throw this.#rejection;
    }
    const generation = this.#generation;
    let result: T;
    try {
      result = await fn();
    } catch (error) {
      await (isFailure(error) ? this.failed({ generation }) : this.succeeded({ generation }));
      throw error;
    }
    if (this.#table === 'quiet' || generation !== this.#generation) await this.succeeded({ generation });
    else this.#countSuccess();
    return result;
  }

  /**
   * Acquires a permit for one call. Never throws: admits every call while the table is unreachable.
   *
   * @param retries for a durable retry: the budget to draw from, or `paid` if the retry has drawn already
   * @param leaseMs how long the call may take, in milliseconds, if longer than the policy's lease
   */
  async tryAcquire(retries?: RetryBudgetPolicy | 'paid', leaseMs?: number): Promise<AcquireResult> {
    const notes = this.#asks;
    notes?.ask(this.#context.now());
    if (this.#mayWait()) return this.#rejected(this.#context.now());
    await (notes?.isSeldom && this.#circuit.kind === 'recovering' ? this.#sync() : this.refresh());
    const now = this.#context.now();
    if (this.#asks !== notes) this.#asks?.ask(now);
    const asks = this.#asks?.perSecond;
    const turn = this.#asks?.turn(shareOf(this.#circuit, now, asks), now, this.#context.random) ?? 0;
    const verdict = admission(this.#circuit, now, { turn, asks }, this.#context.policy);
    switch (verdict) {
      case 'admit':
        return this.#admitted(now, retries);
      case 'reject':
        return this.#rejected(now);
      case 'ask':
        return this.#asks?.maySeekProbe(this.#context.random) === false
          ? this.#rejected(now)
          : this.#acquireProbe(now, leaseMs);
      default:
        return verdict satisfies never;
    }
  }

  /** Reads the table, unless the last read is less than a second old. */
  async refresh(): Promise<void> {
    if (this.#isStale()) await this.#sync();
  }

  /** A time far ahead means that the clock has stepped back. */
  #isStale(): boolean {
    const left = this.#staleAt - this.#context.now();
    return !(left > 0 && left <= UNREACHABLE_MS);
  }

  /** Estimates when the circuit next admits a call, in epoch milliseconds. Changes nothing. */
  async earliestCallAt(): Promise<number> {
    await this.refresh();
    const { now: clock, policy } = this.#context;
    const now = clock();
    if (admission(this.#circuit, now, { turn: 1 }, policy) !== 'reject') return now;
    return this.#circuit.kind === 'forced-open' ? this.#circuit.until : this.#nextTryAt(now);
  }

  /** Reports a call that succeeded, or that failed for a reason that does not count against the dependency. */
  async succeeded(permit: Permit): Promise<void> {
    if (permit.probe !== undefined) return this.#reportProbe({ type: 'probed', token: permit.probe, ok: true });
    if (permit.generation !== this.#generation) return;
    this.#countSuccess();
    if (permit.retry) this.#noted().retries++;
    if (this.#table === 'quiet') await this.#sync();
  }

  /** Reports a call that counts against the dependency. */
  async failed(permit: Permit): Promise<void> {
    if (permit.probe !== undefined) return this.#reportProbe({ type: 'probed', token: permit.probe, ok: false });
    if (permit.generation !== this.#generation) return;
    const notes = this.#noted();
    notes.failures++;
    notes.successes += this.#successes;
    notes.endsWithFailure = true;
    this.#successes = 0;
    if (permit.retry) notes.retries++;
    if (this.#table !== 'unreachable' || this.#isStale()) await this.#sync();
  }

  /** Returns a permit whose call was not made. */
  async withdraw({ probe }: Permit): Promise<void> {
    if (probe !== undefined) await this.#reportProbe({ type: 'withdrawn', token: probe });
  }

  async #callWithPermit<T>(fn: () => Promise<T>, isFailure: BreakerContext['isFailure'], leaseMs?: number): Promise<T> {
    const answer = await this.tryAcquire(undefined, leaseMs);
    if (!answer.admitted) throw this.#rejection ?? new CircuitOpenError(answer.retryAt);
    if (!isFresh(answer.permit, this.#context.now())) {
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

  #countSuccess(): void {
    // Where calls are frequent, the newest ended just now.
    if (this.#successes++ < FEW) this.#endedMs = (this.#staleAt - this.#context.now()) | 0;
  }

  /** Where many instances wait, each looks at the table less often. */
  #mayWait(): boolean {
    const circuit = this.#circuit;
    if (circuit.kind !== 'open' && circuit.kind !== 'half-open') return false;
    const changesAt = Math.max(this.#staleAt, 'until' in circuit ? circuit.until : 0);
    const blind = this.#context.now() - changesAt;
    return this.#isStale() && blind >= 0 && blind < BLIND_MS && this.#asks?.mayWait(this.#context.random) === true;
  }

  #noted(): FailureNotes {
    this.#failures ??= noFailures();
    return this.#failures;
  }

  #rejected(now: number): AcquireResult {
    this.#asks?.refuse();
    return { admitted: false, retryAt: this.#nextTryAt(now), because: 'circuit' };
  }

  #nextTryAt(now: number): number {
    return nextTryAt(this.#circuit, now, this.#context.random(), this.#asks?.waits(now));
  }

  async #acquireProbe(now: number, leaseMs?: number): Promise<AcquireResult> {
    try {
      const { after, permit } = await requestProbe(this.key, { now, leaseMs }, this.#context);
      this.#adopt(after, now);
      return permit ? { admitted: true, permit } : this.#rejected(now);
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
      this.#adopt(
        await applyEvent(
          this.key,
          { ...event, now, ...(event.type === 'probed' && { asks: this.#asks?.perSecond }) },
          this.#context,
        ),
        now,
      );
    } catch (error) {
      if (!(error instanceof ContendedError)) this.#context.watcher.unreachable(error);
    }
  }

  #admitted(at: number, retries?: RetryBudgetPolicy | 'paid'): AcquireResult | Promise<AcquireResult> {
    const permit = { generation: this.#generation, at };
    if (retries === undefined) return { admitted: true, permit };
    return retries === 'paid' ? { admitted: true, permit: { ...permit, retry: true } } : this.#drawRetry(retries);
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

  #admitOnStoreError(error: unknown, now: number): AcquireResult | Promise<AcquireResult> {
    // The table is reachable but contended: other writers won every round. The retry has drawn nothing.
    if (error instanceof ContendedError) {
      const retryAt = now + Math.floor((1 + 2 * this.#context.random()) * CACHE_MS);
      return { admitted: false, retryAt, because: 'circuit' };
    }
    this.#failOpen(error, now);
    return this.#table === 'doubtful' ? this.#rejected(now) : this.#admitted(now);
  }

  /**
   * Sends the counts to the table and reads its state, one exchange at a time. Callers that arrive meanwhile wait for
   * it and then share the next exchange, which sends the counts of all of them.
   */
  async #sync(): Promise<void> {
    await this.#syncing;
    const hasAsks = this.#asks?.isSeldom === true && this.#asks.isUntold;
    const isSent = (this.#successes === 0 && !this.#failures?.failures && !hasAsks) || this.#table === 'unreachable';
    const isDone = isSent && !this.#isStale();
    if (isDone && !this.#syncing) return;
    this.#syncing ??= this.#syncNow().finally(() => {
      this.#syncing = undefined;
    });
    await this.#syncing;
  }

  async #syncNow(): Promise<void> {
    const { store, now: clock } = this.#context;
    const now = clock();
    let unsent = this.#takeCounts(now);
    const next = unsent && unsent.successes + unsent.failures > 0 ? 'busy' : 'quiet';
    if (this.#table === 'quiet') this.#table = next;
    try {
      const snapshot = unsent ? await store.add(this.key, unsent, now) : await store.read(this.key, now);
      unsent = undefined;
      this.#table = next;
      this.#asks?.learn(snapshot, now);
      this.#adopt(await applyCounts(this.key, snapshot, { now, asks: this.#asks?.perSecond }, this.#context), now);
    } catch (error) {
      if (unsent) this.#restoreCounts(unsent);
      this.#failOpen(error, now);
    }
  }

  #takeCounts(now: number): CallCounts | undefined {
    const { counts, told } = countsToTell({
      now,
      generation: this.#generation,
      since: this.#staleAt - cacheMs(this.#circuit),
      until: Math.min(now, this.#staleAt),
      ended: this.#successes + (this.#failures?.successes ?? 0) <= FEW ? this.#staleAt - this.#endedMs : undefined,
      successes: this.#successes,
      failures: this.#failures,
      asks: this.#asks?.take(),
      isBusy: this.#table !== 'quiet',
      windowMs: this.#context.policy.windowMs,
    });
    this.#successes = 0;
    this.#failures = told === undefined ? undefined : noFailures(told);
    return counts;
  }

  #restoreCounts(counts: CallCounts): void {
    this.#asks?.restore(counts);
    if (counts.generation !== this.#generation) return;
    this.#successes += counts.successes;
    this.#failures = withRestored(this.#failures, counts);
  }

  #adopt(snapshot: CircuitSnapshot, now: number): void {
    const { circuit, generation, version } = snapshot;
    // Ignore an overtaken answer. A recreated item restarts its versions, so adopt it once the own state is stale.
    if (version < this.#version && !this.#isStale()) return;
    if (generation !== this.#generation) {
      this.#successes = 0;
      this.#failures = undefined;
    }
    this.#circuit = circuit;
    this.#generation = generation;
    this.#version = version;
    this.#asks = isWaitedFor(circuit) ? (this.#asks ?? new AskNotes(snapshot, now)) : undefined;
    if (this.#table === 'doubtful' || this.#table === 'unreachable') this.#table = 'busy';
    this.#trust(circuit, now);
  }

  /** Goes by a state for a while. */
  #trust(circuit: Circuit, now: number): void {
    this.#staleAt = now + cacheMs(circuit);
    const until = 'until' in circuit ? circuit.until : Number.POSITIVE_INFINITY;
    const isOpen = circuit.kind === 'open' || circuit.kind === 'forced-open';
    const isDecided = isOpen || circuit.kind === 'closed' || circuit.kind === 'forced-closed';
    this.#decidedUntil = isDecided ? Math.min(this.#staleAt, until) : 0;
    this.#rejection = isOpen ? new CircuitOpenError(this.#nextTryAt(now)) : undefined;
  }

  /** Keeps a circuit that admits only some calls for one more time: a single lost request must not let all pass. */
  #failOpen(error: unknown, now: number): void {
    this.#context.watcher.unreachable(error);
    if (this.#table !== 'unreachable' && this.#table !== 'doubtful' && isWaitedFor(this.#circuit)) {
      this.#table = 'doubtful';
      this.#trust(this.#circuit, now);
      return;
    }
    this.#circuit = INITIAL_SNAPSHOT.circuit;
    this.#asks = undefined;
    this.#table = 'unreachable';
    this.#rejection = undefined;
    this.#staleAt = this.#decidedUntil = now + UNREACHABLE_MS;
  }
}

/** How long an instance trusts the state that it has read. */
function cacheMs({ kind }: Circuit): number {
  return kind === 'recovering' ? CACHE_WHILE_RECOVERING_MS : CACHE_MS;
}
