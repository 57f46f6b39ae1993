/**
 * The traffic of an alias: all to one version, or a share of it to the next one. Counts calls where AWS draws lots, so
 * that a run can be repeated.
 */
export class Traffic<Version> {
  #current: Version;
  #next: { readonly version: Version; readonly share: number } | undefined;
  #calls = 0;

  constructor(first: Version) {
    this.#current = first;
  }

  /** What a call without the alias gets. */
  get latest(): Version {
    return this.#next?.version ?? this.#current;
  }

  /** What the next call by the alias gets. */
  take(): Version {
    if (this.#next === undefined) return this.#current;
    const { version, share } = this.#next;
    const before = Math.floor(this.#calls * share);
    return Math.floor(++this.#calls * share) > before ? version : this.#current;
  }

  /** @param share of the calls by the alias, from 0 to 1 */
  shift(version: Version, share: number): void {
    this.#next = { version, share };
    this.#calls = 0;
  }

  /** Gives the next version all calls. */
  complete(): void {
    this.#current = this.latest;
    this.#next = undefined;
  }
}
