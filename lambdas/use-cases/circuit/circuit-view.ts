import { CircuitOpenError } from '../../contract/errors.ts';
import { shareOf } from '../../domain/circuit/admission.ts';
import { type Circuit, isWaitedFor } from '../../domain/circuit/circuit-state.ts';
import { type CallCounts, type CircuitSnapshot, INITIAL_SNAPSHOT } from '../../domain/circuit/circuit-store.ts';
import { nextTryAt } from '../../domain/circuit/waiting.ts';
import { applyCounts } from './apply-event.ts';
import type { BreakerContext } from './breaker-context.ts';
import { countsToTell, withRestored } from './counts-to-tell.ts';
import { AskNotes, type FailureNotes, noFailures } from './notes.ts';

/** How long an instance leaves an unreachable table alone. Also the longest time that it trusts anything. */
export const UNREACHABLE_MS = 5_000;
/** Longest time for which an instance trusts what it has read. */
export const CACHE_MS = 1_000;
const CACHE_WHILE_RECOVERING_MS = 500;
/** Successes since the last exchange whose times matter. */
const FEW = 8;
/** Calls per second that are so few that each takes a time of its own. */
const PACED_PER_S = 100;

/**
 * State of an instance's connection to the table. `quiet`: calls are rare, so the instance sends the next success at
 * once, because no later call may come to send it. `doubtful`: the last request has failed.
 */
type Table = 'quiet' | 'busy' | 'doubtful' | 'unreachable';

/**
 * A circuit as one instance knows it, at most a second old, and what it has not told the table yet. It has no timers:
 * the first call after that second makes the exchange.
 */
export abstract class CircuitView {
  readonly key: string;
  protected readonly context: BreakerContext;
  protected circuit: Circuit = INITIAL_SNAPSHOT.circuit;
  protected generation = INITIAL_SNAPSHOT.generation;
  #version = INITIAL_SNAPSHOT.version;
  protected staleAt = 0;
  /** Until then, in epoch milliseconds, every call passes; or none does, if `rejection` is set. */
  protected decidedUntil = 0;
  protected rejection: CircuitOpenError | undefined;
  /** Since the newest failure. */
  protected successes = 0;
  /** When the newest of a few successes ended, in milliseconds before `staleAt`. */
  #endedMs = 0;
  protected failures: FailureNotes | undefined;
  protected asks: AskNotes | undefined;
  protected table: Table = 'quiet';
  #syncing: Promise<void> | undefined;

  constructor(key: string, context: BreakerContext) {
    this.key = key;
    this.context = context;
  }

  /** A time far ahead means that the clock has stepped back. */
  protected isStale(): boolean {
    const left = this.staleAt - this.context.now();
    return !(left > 0 && left <= UNREACHABLE_MS);
  }

  /**
   * Calls per second, if they are so few that each takes a time of its own; else even their random distances collide.
   */
  protected pace(share: number, asks: number | undefined): number | undefined {
    if (this.circuit.kind !== 'recovering' || asks === undefined) return undefined;
    return share < 1 && share * asks < PACED_PER_S ? share * asks : undefined;
  }

  /** Whether calls are so few that each tells its end at once: what it costs is little beside its time. */
  protected get isPaced(): boolean {
    if (this.circuit.kind !== 'recovering') return false;
    const asks = this.asks?.perSecond;
    return this.pace(shareOf(this.circuit, this.context.now(), asks), asks) !== undefined;
  }

  protected countSuccess(): void {
    // Where calls are frequent, the newest ended just now.
    if (this.successes++ < FEW) this.#endedMs = (this.staleAt - this.context.now()) | 0;
  }

  protected noted(): FailureNotes {
    this.failures ??= noFailures();
    return this.failures;
  }

  protected nextTryAt(now: number): number {
    return nextTryAt(this.circuit, now, this.context.random(), this.asks?.waits(now));
  }

  /**
   * Sends the counts to the table and reads its state, one exchange at a time. Callers that arrive meanwhile wait for
   * it and then share the next exchange, which sends the counts of all of them.
   */
  protected async sync(): Promise<void> {
    await this.#syncing;
    const hasAsks = this.asks?.isSeldom === true && this.asks.isUntold;
    const isSent = (this.successes === 0 && !this.failures?.failures && !hasAsks) || this.table === 'unreachable';
    const isDone = isSent && !this.isStale();
    if (isDone && !this.#syncing) return;
    this.#syncing ??= this.#syncNow().finally(() => {
      this.#syncing = undefined;
    });
    await this.#syncing;
  }

  async #syncNow(): Promise<void> {
    const { store, now: clock } = this.context;
    const now = clock();
    let unsent = this.#takeCounts(now);
    const next = unsent && unsent.successes + unsent.failures > 0 ? 'busy' : 'quiet';
    if (this.table === 'quiet') this.table = next;
    try {
      const snapshot = unsent ? await store.add(this.key, unsent, now) : await store.read(this.key, now);
      unsent = undefined;
      this.table = next;
      this.asks?.learn(snapshot, now);
      this.adopt(await applyCounts(this.key, snapshot, { now, asks: this.asks?.perSecond }, this.context), now);
    } catch (error) {
      if (unsent) this.#restoreCounts(unsent);
      this.failOpen(error, now);
    }
  }

  #takeCounts(now: number): CallCounts | undefined {
    const { counts, told } = countsToTell({
      now,
      generation: this.generation,
      since: this.staleAt - cacheMs(this.circuit),
      until: Math.min(now, this.staleAt),
      ended: this.successes + (this.failures?.successes ?? 0) <= FEW ? this.staleAt - this.#endedMs : undefined,
      successes: this.successes,
      failures: this.failures,
      asks: this.asks?.take(),
      isBusy: this.table !== 'quiet' && !this.isPaced,
      isRecovering: this.circuit.kind === 'recovering',
      windowMs: this.context.policy.windowMs,
    });
    this.successes = 0;
    this.failures = told === undefined ? undefined : noFailures(told);
    return counts;
  }

  #restoreCounts(counts: CallCounts): void {
    this.asks?.restore(counts);
    if (counts.generation !== this.generation) return;
    this.successes += counts.successes;
    this.failures = withRestored(this.failures, counts);
  }

  protected adopt(snapshot: CircuitSnapshot, now: number): void {
    const { circuit, generation, version } = snapshot;
    // Ignore an overtaken answer. A recreated item restarts its versions, so adopt it once the own state is stale.
    if (version < this.#version && !this.isStale()) return;
    if (generation !== this.generation) {
      this.successes = 0;
      this.failures = undefined;
    }
    this.circuit = circuit;
    this.generation = generation;
    this.#version = version;
    this.asks = isWaitedFor(circuit) ? (this.asks ?? new AskNotes(snapshot, now)) : undefined;
    if (this.table === 'doubtful' || this.table === 'unreachable') this.table = 'busy';
    this.#trust(circuit, now);
  }

  /**
   * Adopts the answer to another request than an exchange: it has told nothing, so the next exchange is due as before.
   */
  protected adoptBetween(snapshot: CircuitSnapshot, now: number): void {
    const { staleAt } = this;
    this.adopt(snapshot, now);
    this.staleAt = Math.min(this.staleAt, staleAt);
  }

  /** Goes by a state for a while. */
  #trust(circuit: Circuit, now: number): void {
    this.staleAt = now + cacheMs(circuit);
    const until = 'until' in circuit ? circuit.until : Number.POSITIVE_INFINITY;
    const isOpen = circuit.kind === 'open' || circuit.kind === 'forced-open';
    const isDecided = isOpen || circuit.kind === 'closed' || circuit.kind === 'forced-closed';
    this.decidedUntil = isDecided ? Math.min(this.staleAt, until) : 0;
    this.rejection = isOpen ? new CircuitOpenError(this.nextTryAt(now)) : undefined;
  }

  /** Keeps a circuit that admits only some calls for one more time: a single lost request must not let all pass. */
  protected failOpen(error: unknown, now: number): void {
    this.context.watcher.unreachable(error);
    if (this.table !== 'unreachable' && this.table !== 'doubtful' && isWaitedFor(this.circuit)) {
      this.table = 'doubtful';
      this.#trust(this.circuit, now);
      return;
    }
    this.circuit = INITIAL_SNAPSHOT.circuit;
    this.asks = undefined;
    this.table = 'unreachable';
    this.rejection = undefined;
    this.staleAt = this.decidedUntil = now + UNREACHABLE_MS;
  }
}

/** How long an instance trusts the state that it has read. */
function cacheMs({ kind }: Circuit): number {
  return kind === 'recovering' ? CACHE_WHILE_RECOVERING_MS : CACHE_MS;
}
