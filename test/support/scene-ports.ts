import { type RecoveryStores, recoveryStores } from '../../lambdas/adapters/recovery/open-recovery.ts';
import type { CircuitStore } from '../../lambdas/domain/circuit/circuit-store.ts';
import { sampleCircuits } from './circuits.ts';
import type { Tables } from './tables.ts';

/** Retention of entries and effects. */
export const RETENTION_MS = 30 * 86_400_000;

/** A clock that the test moves. */
interface TestClock {
  now: number;
}

interface SceneOptions {
  readonly clock: TestClock;
  readonly circuits: CircuitStore;
  /** @default 60000 */
  readonly reconcileAfterMs?: number;
}

/** The stores that the functions open, on tables in memory and the test's clock. A sleep moves the clock. */
export function scenePorts(tables: Tables, options: SceneOptions): RecoveryStores {
  const { clock, circuits, reconcileAfterMs = 60_000 } = options;
  const now = () => clock.now;
  const stores = recoveryStores({
    client: tables.client,
    table: tables.ledger,
    effectsTable: tables.effects,
    reconcileAfterMs,
    retentionMs: RETENTION_MS,
    circuits: sampleCircuits(now, circuits).circuits,
    now,
  });
  return {
    ...stores,
    log: () => undefined,
    sleep: async (ms) => {
      clock.now += ms;
    },
  };
}
