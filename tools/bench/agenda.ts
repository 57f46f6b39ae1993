type Action = () => Promise<void> | void;

/** What is to happen in virtual time, by the millisecond; what falls into the same one happens in the order of its entry. */
export class Agenda {
  readonly #actions: (Action[] | undefined)[] = [];
  /** Milliseconds since the beginning. */
  now = 0;

  at(time: number, action: Action): void {
    const slot = Math.max(this.now, Math.ceil(time));
    const there = this.#actions[slot];
    if (there) there.push(action);
    else this.#actions[slot] = [action];
  }

  /** Lets everything happen, one thing at a time, until nothing is left or the time given has come. */
  async run(until: number): Promise<void> {
    for (; this.now < until && this.now < this.#actions.length; this.now++) {
      // Not `for of` over a copy: an action may add another to its own millisecond.
      for (const action of this.#actions[this.now] ?? []) {
        const done = action();
        if (done) await done;
      }
      this.#actions[this.now] = undefined;
    }
  }
}
