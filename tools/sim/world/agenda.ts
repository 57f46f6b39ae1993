interface Due {
  readonly at: number;
  /** Orders what is due at the same time. */
  readonly tie: number;
  readonly act: () => void;
}

/** What is due in virtual time, earliest first: a binary heap. */
export class Agenda {
  readonly #heap: Due[] = [];

  add(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!comesFirst(due, heap[parent] as Due)) break;
      heap[at] = heap[parent] as Due;
      at = parent;
    }
    heap[at] = due;
  }

  /** Removes and returns what is due first. */
  take(): Due | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first !== undefined && last !== undefined && this.#heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(due: Due): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && comesFirst(heap[child + 1] as Due, heap[child] as Due)) child++;
      if (!comesFirst(heap[child] as Due, due)) break;
      heap[at] = heap[child] as Due;
      at = child;
    }
    heap[at] = due;
  }
}

function comesFirst(one: Due, other: Due): boolean {
  return one.at < other.at || (one.at === other.at && one.tie < other.tie);
}
