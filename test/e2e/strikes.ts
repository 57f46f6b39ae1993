import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { CloudCall, Fault } from '../../tools/local/cloud.ts';
import type { World } from './world.ts';

export const FAULTS: readonly Fault[] = ['fail-before', 'fail-after', 'kill-before', 'kill-after'];

/** Each call fails once and is cut off once, the one before and the other after its effect, by turns. */
export function faultsAt(index: number): readonly Fault[] {
  return index % 2 === 0 ? ['fail-after', 'kill-before'] : ['fail-before', 'kill-after'];
}

/** A call to AWS: who makes it, what for, and which of its kind it is. */
export interface Place {
  readonly caller: string;
  readonly operation: string;
  /** Counts the calls of its caller for one failure to one operation, from 1. */
  readonly nth: number;
}

/** The failures that a text is about. */
export function idsIn(text: string): readonly string[] {
  return text.match(/\bf-\d+\b/g) ?? [];
}

/** The failure that a text is about, first of all. */
function idIn(text: string): string | undefined {
  return idsIn(text)[0];
}

/** Without a caller it strikes whoever makes the call. */
type Strike = Omit<Place, 'caller'> & { readonly caller?: string; readonly fault: Fault };

/** Watches all calls to AWS of a world, and makes each fail once that it was told to. */
export class Strikes {
  readonly #places = new Map<string, Place[]>();
  readonly #published = new Map<string, Set<string>>();
  readonly #planned = new Map<string, Strike>();
  /** Failures whose fault has struck, so that no test can pass because its fault never did. */
  readonly #struck = new Set<string>();

  constructor(world: World) {
    const circuits = world.output('CircuitsTableName');
    // Which call of a function asks the table of circuits is a matter of when another did. Tests of the circuit strike there.
    world.cloud.inject((call) => (call.body.includes(circuits) ? undefined : this.#faultOf(call)));
  }

  /** Has one call for the failure fail, counted from now on. */
  plan(id: string, strike: Strike): void {
    this.#places.delete(id);
    this.#planned.set(id, strike);
  }

  /** Calls for the failure, counted from now on. */
  watch(id: string): readonly Place[] {
    const places: Place[] = [];
    this.#places.set(id, places);
    return places;
  }

  hasStruck(id: string): boolean {
    return this.#struck.has(id);
  }

  /** Ids of the events that were published of the failure; a repetition has the same. */
  eventsOf(id: string): readonly string[] {
    return [...(this.#published.get(id) ?? [])];
  }

  #faultOf({ caller, operation, body, trigger }: CloudCall): Fault | undefined {
    // What a call says itself counts; or else what its caller works on.
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

/** @param text what the message must hold beside the id */
export type MessageBox = (id: string, text?: string) => Promise<Record<string, unknown>>;

/** Answers the message about a failure once it is in one of these queues, taking what they hold by and by. */
export function messageBox(world: World, queues: readonly string[]): MessageBox {
  const bodies: string[] = [];
  return (id, text = '') =>
    world.clock.until(async () => {
      const mine = () => bodies.find((body) => idIn(body) === id && body.includes(text));
      for (const name of mine() === undefined ? queues : []) {
        // Nobody deletes them: what was received is not to be seen again while a test runs.
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
