import type { ExactNumber } from '../json/exact-number.ts';
import { isJsonArray, isJsonObject, type Json } from '../json/json-value.ts';
import { indexIn, type Path, valueAt } from './json-pointer.ts';

type Draft = null | boolean | number | ExactNumber | string | Draft[] | { [name: string]: Draft };

/** A change of one place. The place exists, or can be added. */
export type DraftChange =
  | { readonly op: 'add' | 'replace'; readonly path: Path; readonly value: Json }
  | { readonly op: 'remove'; readonly path: Path };

/** A copy of a state that changes in place: a patch may have thousands of steps. */
export class JsonDraft {
  #state: Draft | undefined;

  constructor(state: Json) {
    this.#state = draftOf(state);
  }

  /** Undefined once the root is removed. */
  get state(): Json | undefined {
    return this.#state;
  }

  apply(change: DraftChange): void {
    const { op, path } = change;
    const value = op === 'remove' ? undefined : draftOf(change.value);
    const token = path.at(-1);
    if (token === undefined) {
      this.#state = value;
      return;
    }
    const parent = valueAt(this.#state, path.slice(0, -1)) as Draft;
    if (Array.isArray(parent)) {
      const added = value === undefined ? [] : [value];
      parent.splice(indexIn(parent, token) ?? parent.length, op === 'add' ? 0 : 1, ...added);
    } else if (isJsonObject(parent)) {
      if (value === undefined) delete parent[token];
      else parent[token] = value;
    }
  }
}

function draftOf(value: Json): Draft {
  if (isJsonArray(value)) return value.map(draftOf);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, draftOf(member)]));
}
