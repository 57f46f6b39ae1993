import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { HttpSettings } from '../../lambdas/contract/settings.ts';
import type { CallResult } from '../../lambdas/domain/boundary/call-result.ts';
import { type DegradePorts, degradeFailure } from '../../lambdas/use-cases/fallback/degrade.ts';
import { EffectStore, type EffectTable } from '../../lambdas/use-cases/ledger/effect-store.ts';
import { type EntryTable, LedgerStore } from '../../lambdas/use-cases/ledger/ledger-store.ts';
import type { AttemptPorts } from '../../lambdas/use-cases/recovery/attempt-operation.ts';
import { attemptDurably } from '../../lambdas/use-cases/recovery/warm-tier.ts';
import { undoFailure } from '../../lambdas/use-cases/undo/undo-failure.ts';
import { memoryEffects } from '../../tools/sim/cloud/memory-effects.ts';
import { memoryEntries } from '../../tools/sim/cloud/memory-entries.ts';
import { sampleCircuits } from './circuits.ts';
import { NO_CONFLICTS } from './conflicts.ts';
import { keyOf, NOW, sampleEntry, sampleFailure, sampleSettings } from './samples.ts';

/**
 * One failure, and processes that are cut off. Ledger and effects table are in memory; the test moves the clock.
 *
 *     const scene = await CutOffScene.of({ attempts: 3 });
 *     const dying = scene.process((step) => (step === 'ledger.write 2' ? 'crash before' : undefined));
 *     await dying.attempt(); // 'cut off'
 *     scene.now += 10_000;
 *     await scene.process().attempt(); // the outcome, or the error's name and its reason
 *     await scene.cutOffInCall((process) => process.attempt()); // its call is never answered; later ones are
 *     scene.calls; // what has reached the dependencies
 *
 * A step names the table, the access and its number, from 1, in the process.
 */

/** A crash ends the process. A failure rejects the access. `after`: the access takes effect. */
export type Fault = 'fail before' | 'fail after' | 'crash before' | 'crash after';

type Plan = (step: string) => Fault | undefined;

export interface Process {
  readonly ports: AttemptPorts & DegradePorts;
  /** Accesses so far. */
  readonly steps: readonly string[];
  attempt(): Promise<string>;
  undo(): Promise<string>;
  degrade(): Promise<string>;
}

const CUT_OFF = 'cut off';

export class CutOffScene {
  now = NOW;
  readonly calls: string[] = [];
  /** The dependency's answer to the nth call of a path. It has its effect before it answers. */
  answer: (path: string, nth: number) => Promise<CallResult> = async () => ({ kind: 'ok', statusCode: 200 });
  /** Runs before each request leaves. */
  beforeRequest: () => Promise<void> = async () => undefined;
  /** The settings of every dependency. */
  settings: HttpSettings;
  readonly #entries = memoryEntries();
  readonly #effects = memoryEffects();
  #tokens = 0;

  private constructor(settings: HttpSettings) {
    this.settings = settings;
  }

  /** A failed POST to `/charge` in the warm tier, with two completed steps. */
  static async of(change: Partial<LedgerEntry> = {}, settings: Partial<HttpSettings> = {}): Promise<CutOffScene> {
    const scene = new CutOffScene(sampleSettings({ retry: RETRY, ...settings }));
    const undo = ['a', 'b'].map((name) => ({
      name,
      dependency: 'stock',
      operation: { method: 'POST', path: `/undo-${name}` } as const,
    }));
    const entry = sampleEntry({
      tier: 'warm',
      attempts: 3,
      attemptLimit: 4,
      failure: sampleFailure({ operation: { method: 'POST', path: '/charge' }, undo }),
      verdict: { kind: 'throttled', category: 'resource-exhaustion', effect: 'none', rule: 'http-throttled' },
      ...change,
    });
    await scene.process().ports.ledger.claim(entry);
    return scene;
  }

  async entry(): Promise<LedgerEntry> {
    const entry = await this.#entries.get(keyOf('order-1'));
    if (!entry) throw new Error('the ledger has no such failure');
    return entry;
  }

  /**
   * Ends a process in its call, which is never answered. The calls of others are: a call that must not be made shows in
   * `calls`, and no test waits for its answer.
   *
   * @throws Error if the process made no call
   */
  async cutOffInCall(work: (process: Process) => Promise<string>, plan?: Plan): Promise<void> {
    const { answer } = this;
    const called = Promise.withResolvers<void>();
    this.answer = () => {
      called.resolve();
      return new Promise(() => undefined);
    };
    const ended = work(this.process(plan)).then((end) => Promise.reject(new Error(`no call was made, but ${end}`)));
    await Promise.race([called.promise, ended]);
    this.answer = answer;
  }

  /** Starts a process. Each access to a table may fail, or end the process. */
  process(plan: Plan = () => undefined): Process {
    const steps: string[] = [];
    const death = Promise.withResolvers<never>();
    death.promise.catch(() => undefined);
    let isDead = false;
    const access = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
      if (isDead) return new Promise(() => undefined);
      const step = `${name} ${steps.filter((each) => each.startsWith(`${name} `)).length + 1}`;
      steps.push(step);
      const fault = plan(step);
      if (fault?.endsWith('before') === false) await act();
      if (fault === undefined) return act();
      isDead = fault.startsWith('crash');
      if (!isDead) throw new AccessError(step);
      death.reject(new Error(CUT_OFF));
      return new Promise(() => undefined);
    };
    const ports = this.#ports(this.#faultyEntries(access), this.#faultyEffects(access));
    const ref = { key: keyOf('order-1'), cycle: 1 };
    const end = (work: Promise<{ outcome: string }>) => Promise.race([work, death.promise]).then(nameOf, nameOfError);
    return {
      ports,
      steps,
      attempt: () => end(attemptDurably(ref, ports.settingsOf, ports)),
      undo: () => end(undoFailure(ref, ports)),
      degrade: () => end(degradeFailure(ref, ports)),
    };
  }

  #ports(entries: EntryTable, effects: EffectTable) {
    const now = () => this.now;
    const options = { now, retentionMs: 30 * 86_400_000, reconcileAfterMs: 900_000 };
    const newToken = () => `token-${++this.#tokens}`;
    return {
      ledger: new LedgerStore(entries, { ...options, newToken }),
      effects: new EffectStore(effects, options),
      circuits: sampleCircuits(now).circuits,
      conflicts: NO_CONFLICTS,
      log: () => undefined,
      telemetry: { count: () => undefined, warn: () => undefined, error: () => undefined },
      newToken,
      random: () => 0,
      sleep: async (ms: number) => {
        this.now += ms;
      },
      remainingMs: () => 60_000,
      deadlineMs: 3_600_000,
      answers: { keep: async () => undefined, find: async () => undefined },
      settingsOf: (name: string) => ({ ...this.settings, name }),
      call: (async ({ path }, { timeoutMs }, _, depart) => {
        await this.beforeRequest();
        depart(timeoutMs);
        this.calls.push(path);
        return this.answer(path, this.calls.filter((each) => each === path).length);
      }) satisfies AttemptPorts['call'],
    };
  }

  #faultyEntries(access: Access): EntryTable {
    const table = this.#entries;
    return {
      get: (id) => access('ledger.get', () => table.get(id)),
      insert: (entry) => access('ledger.insert', () => table.insert(entry)),
      write: (id, transition) => access('ledger.write', () => table.write(id, transition)),
      due: (...args) => table.due(...args),
    };
  }

  #faultyEffects(access: Access): EffectTable {
    const table = this.#effects;
    return {
      get: (id) => access('effects.get', () => table.get(id)),
      write: (id, transition) => access('effects.write', () => table.write(id, transition)),
    };
  }
}

type Access = <T>(name: string, act: () => Promise<T>) => Promise<T>;

class AccessError extends Error {
  override readonly name = 'AccessError';
}

const RETRY = { hotAttempts: 2, durableAttempts: 2, initialDelayMs: 100, maxDelayMs: 2_000 };

function nameOf({ outcome }: { readonly outcome: string }): string {
  return outcome;
}

function nameOfError(error: Error & { readonly reason?: string }): string {
  return error.reason ?? (error.message === CUT_OFF ? CUT_OFF : error.name);
}
