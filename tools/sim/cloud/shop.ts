import { UNDOS } from '../../demo/order-saga/shop.ts';
import type { FaultKind } from '../world/faults.ts';
import type { World } from '../world/world.ts';
import { StateError } from './interpreter.ts';

/** Something that took effect in the shop. */
export interface Booked {
  readonly order: string;
  readonly action: string;
  readonly at: number;
}

/** Actions that have an undo, in the order of the saga. */
export const ACTIONS = Object.keys(UNDOS) as readonly (keyof typeof UNDOS)[];
const UNDONE_BY = new Map<string, string>(Object.entries(UNDOS).map(([action, undo]) => [undo, action]));
const ASK_FAULTS: readonly FaultKind[] = ['fails-before', 'fails-after', 'slow'];

/**
 * A shop that suits a saga. It performs each action once, and accepts the undo of an action that never happened. Then
 * it refuses that action if it arrives later.
 */
export class Shop {
  /** What took effect, in order. */
  readonly books: Booked[] = [];
  /** All requests that arrived, whatever came of them. */
  readonly asked: Booked[] = [];
  readonly #world: World;
  readonly #broken: readonly string[];
  readonly #refused = new Set<string>();

  /** @param broken actions that always fail */
  constructor(world: World, broken: readonly string[]) {
    this.#world = world;
    this.#broken = broken;
  }

  has(order: string, action: string): boolean {
    return this.books.some((each) => each.order === order && each.action === action);
  }

  /** Whether an action took effect, and no undo did since. */
  isDone(order: string, action: keyof typeof UNDOS): boolean {
    return this.has(order, action) && !this.has(order, UNDOS[action]);
  }

  /** @throws StateError of the function that asks the shop */
  async ask(order: string, action: string): Promise<object> {
    const world = this.#world;
    const fault = world.faults.inject(`shop: ${action}`, ASK_FAULTS);
    if (fault) world.note('shop', () => `!! ${fault} at ${action} of ${order}`);
    // Longer than the state's timeout.
    await world.sleep(world.chance.between('shop', 10, 500) + (fault === 'slow' ? 90_000 : 0));
    this.asked.push({ order, action, at: world.now });
    if (fault === 'fails-before' || this.#broken.includes(action)) throw new StateError('ShopError', 'the shop failed');
    this.#carryOut(order, action);
    if (fault === 'fails-after') throw new StateError('ShopError', 'the answer is lost');
    return { action };
  }

  #carryOut(order: string, action: string): void {
    const undone = UNDONE_BY.get(action);
    if (undone === undefined && this.#refused.has(`${order}/${action}`)) {
      throw new StateError('ShopError', 'it is undone already');
    }
    if (undone !== undefined) this.#refused.add(`${order}/${undone}`);
    if (this.has(order, action) || (undone !== undefined && !this.has(order, undone))) return;
    this.#world.note('shop', () => `*** ${action} of ${order}`);
    this.books.push({ order, action, at: this.#world.now });
  }
}
