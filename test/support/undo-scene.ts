import { randomUUID } from 'node:crypto';
import { MemoryCircuitStore } from '../../lambdas/adapters/circuit/memory-circuit-store.ts';
import type { UndoStep } from '../../lambdas/contract/failure.ts';
import { failureKey } from '../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { HttpSettings } from '../../lambdas/contract/settings.ts';
import type { CallResult } from '../../lambdas/domain/boundary/call-result.ts';
import type { Resolution } from '../../lambdas/domain/conflict/round-result.ts';
import { backupKey, callKey, effectKey, undoKey } from '../../lambdas/domain/ledger/effect-key.ts';
import type { Ledger } from '../../lambdas/use-cases/ledger/ledger.ts';
import { undoFailure } from '../../lambdas/use-cases/undo/undo-failure.ts';
import { statusWhenGivenUp, undoStatus } from '../../lambdas/use-cases/undo/undo-status.ts';
import { tripCircuit } from './circuits.ts';
import { EXHAUSTED } from './fallback-scene.ts';
import { changedEffects } from './memory-effects.ts';
import { keyOf, NOW, sampleEntry, sampleFailure, sampleSettings } from './samples.ts';
import { scenePorts } from './scene-ports.ts';
import type { Tables } from './tables.ts';

/**
 * The undo of completed steps. The test provides the steps and the answers. The scene calls the function like the
 * machine.
 *
 *     const scene = new UndoScene(tables);
 *     scene.atDependency = async (path, nth) => (nth === 1 ? answered(429) : MADE); // by path and number of the call
 *     await scene.given([step('reserve'), step('charge', { dependency: 'payments' })]);
 *     await scene.undo(); // one invocation: an outcome, or the name of the error that the machine reads
 *     await scene.finish(); // all invocations of the machine, with its waits
 *
 * `deliveries` repeats every invocation, one after the other or concurrently.
 */

const STATUS = { runbookUrl: 'runbook', random: () => 0, isRegistered: () => true };
export const UNDO_DEADLINE_MS = 6 * 3_600_000;
/** Errors after which the machine calls the function again. */
const GOES_ON: ReadonlySet<string> = new Set([
  'TransientError',
  'NotYetError',
  'CircuitOpenError',
  'UndoGoesOnError',
  'BusyError',
  'InternalError',
  'InjectedError',
]);

export const MADE: CallResult = { kind: 'ok', statusCode: 204 };
export const answered = (statusCode: number, headers: Record<string, string> = {}): CallResult => ({
  kind: 'failed',
  error: { name: 'HttpError', statusCode, headers },
});
/** A lost answer. */
export const LOST: CallResult = { kind: 'failed', error: { name: 'TimeoutError', message: 'no answer' } };

/** A step whose undo calls `/<name>`. */
export function step(name: string, change: Partial<UndoStep> = {}): UndoStep {
  return { name, dependency: 'stock', operation: { method: 'POST', path: `/${name}` }, ...change };
}

/** With `twice`, the second delivery starts after the first has ended. */
export type Deliveries = 'once' | 'twice' | 'twice at once';

interface Call {
  readonly path: string;
  /** The idempotency key. */
  readonly key: string;
}

/** A failure of `payments` that Backstop gave up, its completed steps, and the machine that undoes them. */
export class UndoScene {
  readonly id = randomUUID();
  readonly ledger: Ledger;
  readonly calls: Call[] = [];
  now = NOW;
  remainingMs = 60_000;
  /** Number of deliveries of each event. The machine receives the first result. */
  deliveries: Deliveries = 'once';
  /** The dependency's answer to the nth call of a path. */
  atDependency: (path: string, nth: number) => Promise<CallResult> = async () => MADE;
  /** Runs between the announcement of a call and its mark in the effects table. */
  beforeEffect: () => void = () => undefined;
  readonly settings: HttpSettings[];
  readonly #ports: Parameters<typeof undoFailure>[1];
  readonly #circuits = new MemoryCircuitStore();

  #key = keyOf('not given yet');

  constructor(tables: Tables, change: Partial<HttpSettings> = {}) {
    this.settings = ['payments', 'stock', 'mail'].map((name) => sampleSettings({ name, ...change }));
    const stores = scenePorts(tables, { clock: this, circuits: this.#circuits });
    this.ledger = stores.ledger;
    this.#ports = {
      ...stores,
      effects: changedEffects(stores.effects, {
        begin: (...args) => {
          this.beforeEffect();
          return stores.effects.begin(...args);
        },
      }),
      call: async ({ path }, { name, timeoutMs }, entry, depart) => {
        depart(timeoutMs);
        this.calls.push({ path, key: callKey(entry, name) });
        return this.atDependency(path, this.calls.filter((call) => call.path === path).length);
      },
      settingsOf: (name) => this.settings.find((settings) => settings.name === name),
      deadlineMs: UNDO_DEADLINE_MS,
      remainingMs: () => this.remainingMs,
    };
  }

  /** Stores the failure as it is when Backstop gives it up. */
  async given(undo: readonly UndoStep[], change: Partial<LedgerEntry> = {}): Promise<LedgerEntry> {
    const operation = { method: 'POST', path: '/charges' } as const;
    const failure = sampleFailure({ id: this.id, operation, undo });
    const entry = sampleEntry({ ...EXHAUSTED, id: this.id, failure, ...change });
    this.#key = failureKey(entry);
    return this.ledger.claim(entry);
  }

  /** Records an operation that succeeded, at the dependency or a backup, only in the effects table. */
  async operationSucceeded(backup?: string): Promise<void> {
    const failure = { dependency: 'payments', id: this.id };
    const key = backup === undefined ? effectKey(failure) : backupKey(failure, backup);
    await this.#ports.effects.complete(key, 'earlier', { statusCode: 201 });
  }

  /** Records a successful conflict round only in the effects table. */
  async recordResolution(resolution: Resolution): Promise<void> {
    await this.#ports.effects.complete(effectKey({ dependency: 'payments', id: this.id }), 'earlier', {
      statusCode: 200,
      resolution,
    });
  }

  /** Lets another process mark the undo of a step as a call under way, only in the effects table. */
  async anotherUndoes(index: number): Promise<void> {
    const lease = { token: 'other', until: this.now + 60_000 };
    await this.#ports.effects.begin(undoKey({ dependency: 'payments', id: this.id }, index), lease);
  }

  /** Calls the function once. @returns the outcome, or the error's name */
  async undo(cycle = 1): Promise<string> {
    const deliver = () =>
      undoFailure({ key: this.#key, cycle }, this.#ports).then(
        ({ outcome }) => outcome,
        ({ name }: Error) => name,
      );
    const first = deliver();
    if (this.deliveries === 'twice') await first;
    if (this.deliveries !== 'once') await deliver();
    return first;
  }

  /** Runs the machine to its end, through all waits and retries. @returns the outcome, or the last error's name */
  async finish(cycle = 1): Promise<string> {
    for (let calls = 0; calls < 100; calls++) {
      const end = await this.undo(cycle);
      if (!GOES_ON.has(end)) return end;
      if (end !== 'UndoGoesOnError') this.now += 60_000;
    }
    return 'endless';
  }

  /** The catch block's first question. */
  async why(cycle = 1) {
    return statusWhenGivenUp({ key: this.#key, cycle }, this.ledger, STATUS);
  }

  async standing(cycle = 1) {
    return undoStatus({ key: this.#key, cycle }, this.ledger, STATUS);
  }

  /** Returns the dead letter to the lane. */
  async redrive(): Promise<LedgerEntry> {
    const settled = await this.ledger.settle(await this.entry(), { outcome: 'dead-lettered', reason: 'exhausted' });
    const { verdict, deadLetterQueueUrl } = settled;
    const again = { verdict: { ...verdict, kind: 'transient' as const, rule: 'redriven' }, deadLetterQueueUrl };
    return this.ledger.reopen(settled, { ...again, attemptLimit: 3, deadline: this.now + UNDO_DEADLINE_MS });
  }

  /** Opens a circuit through the calls of other instances. */
  tripCircuit(name: string): Promise<void> {
    return tripCircuit(this, this.#circuits, sampleSettings({ name }));
  }

  async circuitKind(name: string) {
    return (await this.#circuits.read(name)).circuit.kind;
  }

  pathsCalled(): readonly string[] {
    return this.calls.map(({ path }) => path);
  }

  async states(): Promise<readonly string[]> {
    const { undo } = await this.entry();
    return undo?.steps.map(({ state, because }) => (because === undefined ? state : `${state}: ${because}`)) ?? [];
  }

  async entry(): Promise<LedgerEntry> {
    const entry = await this.ledger.get(this.#key);
    if (!entry) throw new Error('the ledger has no such failure');
    return entry;
  }
}
