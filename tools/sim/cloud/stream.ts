import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import type { World } from '../world/world.ts';

/** Time for which a stream offers a record, in milliseconds. */
const KEPT_MS = 3_600_000;

/** The stream of a table. Its consumer gets one record at a time, and a failed one again. */
export class Stream {
  readonly #world: World;
  readonly #consume: (entry: LedgerEntry) => Promise<void>;
  readonly #records: { readonly entry: LedgerEntry; readonly at: number }[] = [];
  #isBusy = false;

  constructor(world: World, consume: (entry: LedgerEntry) => Promise<void>) {
    this.#world = world;
    this.#consume = consume;
  }

  get length(): number {
    return this.#records.length;
  }

  add(entry: LedgerEntry): void {
    const fault = this.#world.faults.strike('stream record', ['lost', 'twice']);
    if (fault === 'lost') return;
    this.#records.push({ entry, at: this.#world.now });
    if (fault === 'twice') this.#records.push({ entry, at: this.#world.now });
    this.#pump(this.#world.chance.between('stream', 100, 400));
  }

  #pump(afterMs: number): void {
    if (this.#isBusy || this.#records.length === 0) return;
    this.#isBusy = true;
    this.#world.after(afterMs, () => {
      const record = this.#records[0];
      if (!record) return;
      const go = (nextMs: number, isDone: boolean) => {
        if (isDone || this.#world.now - record.at > KEPT_MS) this.#records.shift();
        this.#isBusy = false;
        this.#pump(nextMs);
      };
      this.#consume(record.entry).then(
        () => go(50, true),
        () => go(1_000, false),
      );
    });
  }
}
