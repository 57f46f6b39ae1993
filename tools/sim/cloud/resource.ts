import type { CallResult } from '../../../lambdas/domain/boundary/call-result.ts';

/** The state of a resource: a few fields. */
export type State = Readonly<Record<string, unknown>>;

/** A write that took effect, and the state before it. */
export interface Written {
  readonly at: number;
  /** Version that the write was made for; undefined: it asked for none. */
  readonly ifMatch: string | undefined;
  readonly before: State;
  readonly after: State;
}

interface Write {
  readonly at: number;
  readonly ifMatch: string | undefined;
  readonly body: string | undefined;
}

/** A resource with versions, which others change, too. */
export class Resource {
  /** What Backstop wrote, in order. */
  readonly writes: Written[] = [];
  #state: State;
  #version = 1;

  constructor(state: State) {
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  /** Another writer changes a field. */
  change(field: string, value: unknown): void {
    this.#put({ ...this.#state, [field]: value });
  }

  /** False if it has another version than the write was made for. */
  write({ at, ifMatch, body = '{}' }: Write): boolean {
    if (ifMatch !== undefined && ifMatch !== this.#etag) return false;
    const before = this.#state;
    this.#put(JSON.parse(body));
    this.writes.push({ at, ifMatch, before, after: this.#state });
    return true;
  }

  read(): CallResult {
    const body = { contentType: 'application/json', text: JSON.stringify(this.#state) };
    return { kind: 'ok', statusCode: 200, body, headers: { etag: this.#etag } };
  }

  get #etag(): string {
    return `"v${this.#version}"`;
  }

  #put(state: State): void {
    this.#state = state;
    this.#version++;
  }
}
