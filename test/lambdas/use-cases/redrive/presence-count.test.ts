import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PresenceCount } from '../../../../lambdas/use-cases/redrive/presence-count.ts';

interface Message {
  readonly id: string;
  readonly sentAt: number;
}

/** A queue, one reader who counts, and others who do what they want. */
class Scene {
  readonly count = new PresenceCount(0);
  readonly #queue = new Map<string, Message>();
  readonly #held = new Set<string>();
  /** Ids of what the reader has seen at any time. */
  readonly #seen = new Set<string>();
  #sent = 0;

  constructor(size: number) {
    for (let n = 0; n < size; n++) this.#add(-1);
  }

  /** Messages that were there when the reader began, and that it has never seen. */
  get unseen(): number {
    return [...this.#queue.values()].filter(({ id, sentAt }) => sentAt < 0 && !this.#seen.has(id)).length;
  }

  get allUnseen(): number {
    return [...this.#queue.keys()].filter((id) => !this.#seen.has(id)).length;
  }

  readonly steps: Readonly<Record<string, (choice: number) => void>> = {
    see: (choice) => {
      const message = this.#pick(choice);
      if (!message) return;
      this.#seen.add(message.id);
      this.#held.add(message.id);
      this.count.see({ ...message, receipt: '', body: '' });
    },
    release: () => this.#held.clear(),
    remove: (choice) => {
      const id = [...this.#held][choice % Math.max(1, this.#held.size)];
      if (id === undefined) return;
      this.count.willRemove(1);
      this.#queue.delete(id);
      this.#held.delete(id);
      this.count.remove(id);
    },
    'another removes': (choice) => {
      const message = this.#pick(choice);
      if (message && !this.#held.has(message.id)) this.#queue.delete(message.id);
    },
    arrives: () => this.#add(this.#sent),
    measure: () => this.count.measure(this.#queue.size, this.#held),
    restart: () => {
      this.count.measure(this.#queue.size, this.#held);
      this.count.restart(this.#held);
    },
  };

  #add(sentAt: number): void {
    const id = `m${this.#sent++}`;
    this.#queue.set(id, { id, sentAt });
  }

  #pick(choice: number): Message | undefined {
    return [...this.#queue.values()][choice % Math.max(1, this.#queue.size)];
  }
}

describe('PresenceCount', () => {
  const names = Object.keys(new Scene(0).steps);

  it('takes no message for seen that is not, whatever others remove and add', () => {
    const step = fc.tuple(fc.constantFrom(...names), fc.nat(30));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 40 }), (size, steps) => {
        const scene = new Scene(size);
        for (const [name, choice] of steps) scene.steps[name]?.(choice);
        scene.steps.measure?.(0);
        expect(scene.count.mostUnseen).toBeGreaterThanOrEqual(scene.unseen);
        expect(scene.count.leastUnseen).toBeLessThanOrEqual(scene.allUnseen);
      }),
      { numRuns: 2_000 },
    );
  });

  it('knows that all is seen while nobody else changes the queue, though it holds nothing', () => {
    const scene = new Scene(3);
    scene.steps.measure?.(0);
    for (let n = 0; n < 3; n++) {
      scene.steps.see?.(n);
      scene.steps.release?.(0);
    }
    scene.steps.measure?.(0);
    expect(scene.count.mostUnseen).toBe(0);
  });
});
