/**
 * Records all calls to AWS of a world by failure, and injects one planned fault per failure.
 *
 * A test first watches a run without faults, then injects a fault into each of its calls in turn:
 *
 *     const strikes = new Strikes(world);
 *     const places = strikes.watch(first.id); // calls that a failure like this one makes
 *     await world.send(first);
 *     strikes.plan(second.id, { ...place, fault: 'kill-after' }); // one of places: crashes its caller after the effect
 *     await world.send(second);
 *     strikes.hasStruck(second.id); // false: the fault never occurred, so the test proves nothing
 *
 * `faultsAt` selects two of the four faults for each place, so that a scenario stays short.
 */
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { CloudCall, Fault } from '../../tools/local/cloud.ts';
import type { World } from './world.ts';

export const FAULTS: readonly Fault[] = ['fail-before', 'fail-after', 'kill-before', 'kill-after'];

/**
 * Spreads the four faults over neighbouring calls. Each call fails once and crashes its caller once, one of them before
 * its effect.
 */
export function faultsAt(index: number): readonly Fault[] {
  return index % 2 === 0 ? ['fail-after', 'kill-before'] : ['fail-before', 'kill-after'];
}

/** A call to AWS: its caller, its operation, and its number. */
export interface Place {
  readonly caller: string;
  readonly operation: string;
  /** Counts the caller's calls of this operation for one failure, from 1. */
  readonly nth: number;
}

/** Extracts the ids of failures from a text. */
export function idsIn(text: string): readonly string[] {
  return text.match(/\bf-\d+\b/g) ?? [];
}

/** Extracts the first failure's id from a text. */
function idIn(text: string): string | undefined {
  return idsIn(text)[0];
}

/** A planned fault. Without a caller it applies to the first caller that makes the call. */
type Strike = Omit<Place, 'caller'> & { readonly caller?: string; readonly fault: Fault };

export class Strikes {
  readonly #places = new Map<string, Place[]>();
  readonly #published = new Map<string, Set<string>>();
  readonly #planned = new Map<string, Strike>();
  /** Failures whose fault occurred. Without it, a test could pass because its fault never did. */
  readonly #struck = new Set<string>();

  constructor(world: World) {
    const circuits = world.output('CircuitsTableName');
    // Calls to the circuits table depend on the timing of other functions. The circuit's tests inject faults there.
    world.cloud.inject((call) => (call.body.includes(circuits) ? undefined : this.#faultOf(call)));
  }

  /** Plans one fault for a failure. Counts calls from now on. */
  plan(id: string, strike: Strike): void {
    this.#places.delete(id);
    this.#planned.set(id, strike);
  }

  /** Records the failure's calls from now on. */
  watch(id: string): readonly Place[] {
    const places: Place[] = [];
    this.#places.set(id, places);
    return places;
  }

  hasStruck(id: string): boolean {
    return this.#struck.has(id);
  }

  /** Ids of the failure's published events. A repeated event has the same id. */
  eventsOf(id: string): readonly string[] {
    return [...(this.#published.get(id) ?? [])];
  }

  #faultOf({ caller, operation, body, trigger }: CloudCall): Fault | undefined {
    // The ids in a call take precedence over those in its caller's event.
    const id = idIn(body) ?? idIn(trigger);
    if (id === undefined) return undefined;
    if (operation === 'PutEvents') this.#noteEvent(id, body);
    const nth = this.#count(id, caller, operation);
    const planned = this.#planned.get(id);
    if (!planned || this.#struck.has(id)) return undefined;
    if ((planned.caller ?? caller) !== caller || planned.operation !== operation || planned.nth !== nth)
      return undefined;
    this.#struck.add(id);
    return planned.fault;
  }

  #count(id: string, caller: string, operation: string): number {
    const places = this.#places.get(id) ?? [];
    const nth = places.filter((place) => place.caller === caller && place.operation === operation).length + 1;
    places.push({ caller, operation, nth });
    this.#places.set(id, places);
    return nth;
  }

  #noteEvent(id: string, body: string): void {
    const eventId = /eventId\\":\\"([^\\]+)/.exec(body)?.[1];
    if (eventId !== undefined) this.#published.set(id, (this.#published.get(id) ?? new Set()).add(eventId));
  }
}

/** @param text Text that the message must contain besides the id. */
export type MessageBox = (id: string, text?: string) => Promise<Record<string, unknown>>;

/** Collects the messages of some queues. @returns a function that waits for the message about a failure */
export function messageBox(world: World, queues: readonly string[]): MessageBox {
  const bodies: string[] = [];
  return (id, text = '') =>
    world.clock.until(async () => {
      const mine = () => bodies.find((body) => idIn(body) === id && body.includes(text));
      for (const name of mine() === undefined ? queues : []) {
        // The box deletes no message, so the timeout hides each for the rest of the test.
        const request = { QueueUrl: world.output(name), MaxNumberOfMessages: 10, VisibilityTimeout: 3_600 };
        const { Messages = [] } = await world.sqs.send(new ReceiveMessageCommand(request));
        bodies.push(...Messages.map(({ Body = '' }) => Body));
      }
      return JSON.parse(mine() ?? fail(id));
    });
}

function fail(id: string): never {
  throw new Error(`there is no message about ${id}`);
}
