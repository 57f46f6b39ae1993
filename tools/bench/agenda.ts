type Action = () => Promise<void> | void;

/**
 * Schedules actions in virtual time, by millisecond. Actions of the same millisecond run in the order of their entry.
 */
export class Agenda {
  readonly #actions = new Map<number, Action[]>();
  /** Milliseconds since the start. */
  now = 0;

  at(time: number, action: Action): void {
    const slot = Math.max(this.now, Math.ceil(time));
    const there = this.#actions.get(slot);
    if (there) there.push(action);
    else this.#actions.set(slot, [action]);
  }

  /** Runs all actions before the given time, one at a time. Ends early when none is left. */
  async run(until: number): Promise<void> {
    for (; this.now < until && this.#actions.size > 0; this.now++) {
      // An action may add another one to its own millisecond, so a copy would miss it.
      for (const action of this.#actions.get(this.now) ?? []) {
        const done = action();
        if (done) await done;
      }
      this.#actions.delete(this.now);
    }
  }
}
