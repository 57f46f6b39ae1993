import { randomUUID } from 'node:crypto';
import { MemoryCircuitStore } from '../../lambdas/adapters/circuit/memory-circuit-store.ts';
import type { RecoveryStores } from '../../lambdas/adapters/recovery/open-recovery.ts';
import type { HttpOperation } from '../../lambdas/contract/failure.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { DependencySettings, FallbackSettings } from '../../lambdas/contract/settings.ts';
import type { CallResult } from '../../lambdas/domain/boundary/call-result.ts';
import { type Degraded, type DegradePorts, degradeFailure } from '../../lambdas/use-cases/fallback/degrade.ts';
import { storeAnswer } from '../../lambdas/use-cases/fallback/last-good.ts';
import type { Ledger } from '../../lambdas/use-cases/ledger/ledger.ts';
import { tripCircuit } from './circuits.ts';
import { keyOf, NOW, sampleEntry, sampleFailure, sampleSettings } from './samples.ts';
import { scenePorts } from './scene-ports.ts';
import type { Tables } from './tables.ts';

/** All attempts failed, and none had an effect. */
export const EXHAUSTED: Partial<LedgerEntry> = {
  tier: 'warm',
  attempts: 6,
  attemptLimit: 6,
  verdict: { kind: 'throttled', category: 'external-dependency', effect: 'none', rule: 'http-429' },
};

const MADE: CallResult = { kind: 'ok', statusCode: 201, body: { contentType: 'application/json', text: '{"id":7}' } };

/** A failure of `payments` whose fallback must answer, on tables in memory, with its own clock. */
export class FallbackScene {
  readonly id = randomUUID();
  readonly ledger: Ledger;
  readonly logged: Record<string, unknown>[] = [];
  /** Calls to `backup`. */
  readonly calls: HttpOperation[] = [];
  now = NOW;
  /** The backup's answer to a call. */
  atBackup: () => Promise<CallResult> = async () => MADE;
  readonly #ports: DegradePorts & RecoveryStores;
  readonly #settings: DependencySettings;
  readonly #circuits = new MemoryCircuitStore();

  constructor(tables: Tables, fallback?: FallbackSettings) {
    this.#settings = sampleSettings({ fallback });
    const stores = scenePorts(tables, { clock: this, circuits: this.#circuits });
    this.ledger = stores.ledger;
    const known = [this.#settings, sampleSettings({ name: 'backup' })];
    this.#ports = {
      ...stores,
      call: async (operation, { timeoutMs }, _, depart) => {
        depart(timeoutMs);
        this.calls.push(operation);
        return this.atBackup();
      },
      settingsOf: (name) => known.find((settings) => settings.name === name),
      log: (_, facts) => void this.logged.push(facts),
      random: () => 0,
    };
  }

  get effects(): DegradePorts['effects'] {
    return this.#ports.effects;
  }

  /** Stores the failure as it is when its fallback is due. */
  async given(operation: Partial<HttpOperation>, change: Partial<LedgerEntry> = {}): Promise<LedgerEntry> {
    const failure = sampleFailure({ id: this.id, operation: { method: 'GET', path: '/orders/1', ...operation } });
    return this.ledger.claim(sampleEntry({ ...EXHAUSTED, id: this.id, failure, ...change }));
  }

  /** Records an earlier success of the dependency. */
  async succeeded(operation: HttpOperation, result: CallResult, change: Partial<LedgerEntry> = {}): Promise<void> {
    const entry = sampleEntry({ failure: sampleFailure({ operation }), ...change });
    await storeAnswer(entry, this.#settings, result, this.#ports);
  }

  degrade(change: Partial<DegradePorts> = {}): Promise<Degraded> {
    return degradeFailure({ key: keyOf(this.id), cycle: 1 }, { ...this.#ports, ...change });
  }

  /** Opens a circuit through the calls of other instances. */
  tripCircuit(name: string): Promise<void> {
    return tripCircuit(this, this.#circuits, sampleSettings({ name }));
  }

  async circuitOf(name: string) {
    return this.#circuits.read(name);
  }

  async entry(): Promise<LedgerEntry> {
    const entry = await this.ledger.get(keyOf(this.id));
    if (!entry) throw new Error('the ledger has no such failure');
    return entry;
  }
}
