import { MemoryCircuitStore } from '../../../lambdas/adapters/circuit/memory-circuit-store.ts';
import type { OutboxEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { circuitEvent } from '../../../lambdas/domain/circuit/circuit-event.ts';
import type {
  CircuitReplacement,
  CircuitSnapshot,
  StoredCircuit,
} from '../../../lambdas/domain/circuit/circuit-store.ts';

/** The event of a circuit's last change, until it is published. */
export interface CircuitOutbox {
  readonly key: string;
  readonly outbox: OutboxEntry;
}

/** The table of circuits, with the outbox of each. */
export class CircuitTable extends MemoryCircuitStore {
  readonly #stored = new Map<string, StoredCircuit>();
  readonly #onChange: (change: CircuitOutbox) => void;

  /** @param onChange sees each event that a write puts into an outbox */
  constructor(onChange: (change: CircuitOutbox) => void) {
    super();
    this.#onChange = onChange;
  }

  get all(): readonly StoredCircuit[] {
    return [...this.#stored.values()];
  }

  override async replace(
    key: string,
    before: CircuitSnapshot,
    next: CircuitReplacement,
  ): Promise<CircuitSnapshot | undefined> {
    const snapshot = await super.replace(key, before, next);
    if (!snapshot) return undefined;
    const outbox = next.change ? circuitEvent(next.change, snapshot.version) : this.#stored.get(key)?.outbox;
    this.#stored.set(key, { key, snapshot, outbox });
    if (next.change && outbox) this.#onChange({ key, outbox });
    return snapshot;
  }

  clearOutbox(key: string, eventId: string): void {
    const stored = this.#stored.get(key);
    if (stored?.outbox?.eventId === eventId) this.#stored.set(key, { ...stored, outbox: undefined });
  }
}
