import type { CallResult } from '../../../lambdas/domain/boundary/call-result.ts';
import type { World } from '../world/world.ts';
import type { Resource } from './resource.ts';

/**
 * How a dependency answers one call.
 *
 * - `ok`: 200; `refused`: 429; `unreachable`: no connection; `unavailable`: 503 with `Retry-After`; `invalid`: 422
 * - `broken`: 500; `silent`: no answer in time. Each comes before or after the effect.
 */
export type Answer =
  | 'ok'
  | 'refused'
  | 'unreachable'
  | 'unavailable'
  | 'invalid'
  | 'broken'
  | 'broken after the effect'
  | 'silent'
  | 'silent after the effect';

export interface Behaviour {
  /** Answers to the first calls, in order. */
  readonly first?: readonly Answer[];
  /** From the start of the schedule, in milliseconds. @default 0 */
  readonly downForMs?: number;
  /** Share of the other calls that fail, 0 to 1. @default 0 */
  readonly flaky?: number;
  /** Whether each answer with an error says where the next call continues: one page further. @default false */
  readonly hasPages?: boolean;
  /** How long it keeps an idempotency key, in milliseconds. @default - for ever */
  readonly keepsKeysMs?: number;
}

interface Request {
  readonly method: string;
  readonly path: string;
  /** Idempotency key; absent if the dependency honours none. */
  readonly key: string | undefined;
  readonly by: string;
  readonly ifMatch?: string | undefined;
  readonly body?: string | undefined;
  readonly checkpoint?: string | undefined;
}

/** One effect of a call. */
export interface Made {
  readonly path: string;
  readonly at: number;
  readonly by: string;
}

/** Pages of a call: where it began, and where the next one continues by its answer, if it had one. */
export interface Read {
  readonly path: string;
  readonly from: number;
  readonly next: number | undefined;
}

/** What a call brings: no result means no answer. */
interface Reply {
  readonly result: CallResult | undefined;
  readonly tookMs: number;
}

/** Answers after which nobody can tell whether the call took effect. A 503 comes from anywhere on the way. */
const UNCLEAR = /^(?:broken|silent|unavailable)/;
const WHEN_DOWN: readonly Answer[] = ['unreachable', 'unreachable', 'refused', 'unavailable'];
const WHEN_FLAKY: readonly Answer[] = [
  'refused',
  'refused',
  'broken',
  'broken after the effect',
  'silent',
  'silent after the effect',
  'invalid',
];

/** An HTTP API, and the only witness of what really happened. */
export class Dependency {
  readonly name: string;
  /** Effects in their order. A repetition under the same idempotency key is none. */
  readonly made: Made[] = [];
  /** Calls in their order, of a dependency that has pages. */
  readonly reads: Read[] = [];
  /** Answers that its callers can't read an effect from, by path. */
  readonly unclear = new Set<string>();
  /** Resources with versions, by path. Other paths have none. */
  readonly resources = new Map<string, Resource>();
  readonly #world: World;
  readonly #behaviour: Behaviour;
  /** When each idempotency key took effect. */
  readonly #keys = new Map<string, number>();
  readonly #first: Answer[];

  constructor(world: World, name: string, behaviour: Behaviour = {}) {
    this.#world = world;
    this.name = name;
    this.#behaviour = behaviour;
    this.#first = [...(behaviour.first ?? [])];
  }

  countOf(path: string): number {
    return this.made.filter((each) => each.path === path).length;
  }

  receive(request: Request): Reply {
    const answer = this.#nextAnswer();
    const tookMs = this.#world.chance.between(`${this.name} takes`, 5, 100);
    this.#world.note(this.name, () => `answers ${request.method} ${request.path} of ${request.by}: ${answer}`);
    if (UNCLEAR.test(answer)) this.unclear.add(request.path);
    const takesEffect = answer === 'ok' || answer.endsWith('after the effect');
    const resource = this.resources.get(request.path);
    if (resource) return { result: this.#versioned(request, resource, answer, takesEffect), tookMs };
    if (takesEffect) this.#act(request);
    const result = this.#resultOf(answer);
    return { result: this.#behaviour.hasPages ? this.#paged(request, result) : result, tookMs };
  }

  /** An answer without a status has no header. */
  #paged({ path, checkpoint }: Request, result: CallResult | undefined): CallResult | undefined {
    const from = Number(checkpoint ?? 0);
    const isAnswer = result?.kind === 'failed' && result.error.statusCode !== undefined;
    this.reads.push({ path, from, next: isAnswer ? from + 1 : undefined });
    return isAnswer ? { ...result, checkpoint: String(from + 1) } : result;
  }

  #nextAnswer(): Answer {
    const { downForMs = 0, flaky = 0 } = this.#behaviour;
    const chance = this.#world.chance;
    const first = this.#first.shift();
    if (first) return first;
    if (this.#world.now < this.#world.startsAt + downForMs) return chance.pick(`${this.name} down`, WHEN_DOWN);
    return flaky > 0 && chance.next(`${this.name} flaky`) < flaky
      ? chance.pick(`${this.name} fails`, WHEN_FLAKY)
      : 'ok';
  }

  /** Reads, or writes on the version that the request names. */
  #versioned(request: Request, resource: Resource, answer: Answer, takesEffect: boolean): CallResult | undefined {
    if (request.method === 'GET') return answer === 'ok' ? resource.read() : this.#resultOf(answer);
    if (!takesEffect) return this.#resultOf(answer);
    const isWritten = resource.write({ at: this.#world.now, ifMatch: request.ifMatch, body: request.body });
    if (isWritten) this.#act({ ...request, key: undefined });
    if (answer !== 'ok') return this.#resultOf(answer);
    return isWritten ? this.#resultOf('ok') : failed({ name: 'HttpError', statusCode: 412, headers: {} });
  }

  #act({ path, key, by }: Request): void {
    const { now } = this.#world;
    const { keepsKeysMs = Number.POSITIVE_INFINITY } = this.#behaviour;
    if (key !== undefined && now < (this.#keys.get(key) ?? Number.NEGATIVE_INFINITY) + keepsKeysMs) return;
    if (key !== undefined) this.#keys.set(key, now);
    this.made.push({ path, at: this.#world.now, by });
    this.#world.note(this.name, () => `*** effect of ${path}`);
  }

  #resultOf(answer: Answer): CallResult | undefined {
    switch (answer) {
      case 'ok':
        return { kind: 'ok', statusCode: 200 };
      case 'refused':
        return failed({ name: 'HttpError', statusCode: 429, headers: {} });
      case 'unreachable':
        return failed({ name: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' });
      case 'unavailable': {
        const seconds = Math.ceil(this.#world.chance.between(`${this.name} pause`, 1, 20));
        return failed({ name: 'HttpError', statusCode: 503, headers: { 'retry-after': String(seconds) } });
      }
      case 'invalid':
        return failed({ name: 'HttpError', statusCode: 422, headers: {} });
      case 'broken':
      case 'broken after the effect':
        return failed({ name: 'HttpError', statusCode: 500, headers: {} });
      case 'silent':
      case 'silent after the effect':
        return undefined;
      default:
        return answer satisfies never;
    }
  }
}

function failed(error: Extract<CallResult, { kind: 'failed' }>['error']): CallResult {
  return { kind: 'failed', error };
}
