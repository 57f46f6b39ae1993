import type { World } from '../world/world.ts';

/** Time for which a stream offers a record, in milliseconds. */
const KEPT_MS = 3_600_000;

/** The stream of a table. Its consumer gets one record at a time, and a failed one again. */
export class Stream<Record> {
  readonly #world: World;
  readonly #name: string;
  readonly #consume: (record: Record) => Promise<void>;
  readonly #records: { readonly record: Record; readonly at: number }[] = [];
  #isBusy = false;

  /** @param name names the points of its faults */
  constructor(world: World, name: string, consume: (record: Record) => Promise<void>) {
    this.#world = world;
    this.#name = name;
    this.#consume = consume;
  }

  get length(): number {
    return this.#records.length;
  }

  add(record: Record): void {
    const fault = this.#world.faults.inject(`${this.#name} record`, ['lost', 'twice']);
    if (fault === 'lost') return;
    this.#records.push({ record, at: this.#world.now });
    if (fault === 'twice') this.#records.push({ record, at: this.#world.now });
    this.#pump(this.#world.chance.between(this.#name, 100, 400));
  }

  #pump(afterMs: number): void {
    if (this.#isBusy || this.#records.length === 0) return;
    this.#isBusy = true;
    this.#world.after(afterMs, () => {
      const [first] = this.#records;
      if (!first) return;
      const go = (nextMs: number, isDone: boolean) => {
        if (isDone || this.#world.now - first.at > KEPT_MS) this.#records.shift();
        this.#isBusy = false;
        this.#pump(nextMs);
      };
      this.#consume(first.record).then(
        () => go(50, true),
        () => go(1_000, false),
      );
    });
  }
}
