/** Tracks disabled event source mappings by id. */
export class Switches {
  readonly #off = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();

  isOff(id: string): boolean {
    return this.#off.has(id);
  }

  turn(id: string, to: 'on' | 'off'): void {
    if (to === 'off') this.#off.add(id);
    else if (this.#off.delete(id)) {
      for (const wake of this.#waiting.get(id)?.splice(0) ?? []) wake();
    }
  }

  /** Waits until the mapping is enabled. */
  async on(id: string): Promise<void> {
    if (!this.isOff(id)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), resolve]);
    await promise;
  }
}
