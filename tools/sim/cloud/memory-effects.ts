/** A record of the effects table. */
interface EffectRecord {
  readonly isDone: boolean;
  /** Epoch milliseconds: end of the lease of a run that has no result. 0: none. */
  readonly until: number;
  readonly result?: unknown;
}

/** The records of the effects table in memory, with the conditions of Powertools' persistence layer. */
export class MemoryEffects {
  readonly #records = new Map<string, EffectRecord>();

  get(key: string): EffectRecord | undefined {
    return this.#records.get(key);
  }

  /** Marks a run as begun. Returns the record that stands in the way, if any. */
  begin(key: string, now: number, leaseMs: number): EffectRecord | undefined {
    const before = this.#records.get(key);
    const wasCutOff = before && !before.isDone && before.until > 0 && before.until < now;
    if (before && !wasCutOff) return before;
    this.#records.set(key, { isDone: false, until: leaseMs > 0 ? now + leaseMs : 0 });
    return undefined;
  }

  complete(key: string, result: unknown): void {
    this.#records.set(key, { isDone: true, until: 0, result });
  }

  free(key: string): void {
    this.#records.delete(key);
  }
}
