import type { ConflictView, Difference } from '../../contract/conflict-record.ts';
import { type Path, valueAt } from './json-pointer.ts';
import { isJsonArray, isJsonObject, type Json, namesOf, sameJson } from './json-value.ts';
import type { Sides } from './merged.ts';
import type { Redaction } from './redact.ts';

const MAX_FIELDS = 50;
/** Bytes of all pointers: the ledger holds them twice, and each may lead through many names. */
const MAX_FIELDS_BYTES = 8_192;
const MAX_ROWS = 100;
/** Bytes of JSON. The question rests in the ledger, beside an operation of up to 256 KB, in an item of at most 400. */
const MAX_STATE_BYTES = 16_384;
const MAX_ROWS_BYTES = 32_768;
/** In characters of JSON: what one row shows of a value. */
const MAX_VALUE_LENGTH = 500;

/** A state as it is shown: JSON, or what there is to say of another one. Absent where nothing is there. */
export type Showable =
  | { readonly kind: 'json'; readonly state: Json }
  | { readonly kind: 'other'; readonly mediaType: string; readonly bytes?: number }
  | { readonly kind: 'absent' };

/**
 * JSON Pointers of the fields on which two states differ, in the order of the alphabet, the first 50 and 8 KiB; none where a state is
 * absent or no JSON.
 */
export function differingFields(
  one: Json | undefined,
  other: Json | undefined,
  redaction: Redaction,
): readonly string[] {
  if (one === undefined || other === undefined) return [];
  const differing = differences({ base: undefined, ours: one, theirs: other }, redaction);
  const pointers = [...new Set(differing.map(({ path }) => redaction.pointer(path)))].sort().slice(0, MAX_FIELDS);
  let bytes = 0;
  return pointers.filter((pointer) => {
    bytes += Buffer.byteLength(pointer);
    return bytes <= MAX_FIELDS_BYTES;
  });
}

/** What a human is shown of both sides. */
export function shownOf(
  { base, ours, theirs }: { readonly base: Json | undefined; readonly ours: Showable; readonly theirs: Showable },
  redaction: Redaction,
): ConflictView {
  const [mine, other] = [shownState(ours, redaction), shownState(theirs, redaction)];
  const comparable = ours.kind === 'json' && theirs.kind === 'json';
  return {
    ...(mine !== undefined && { ours: mine }),
    ...(other !== undefined && { theirs: other }),
    ...(comparable ? rowsOf({ base, ours: ours.state, theirs: theirs.state }, redaction) : { difference: [] }),
  };
}

function shownState(side: Showable, redaction: Redaction): unknown {
  if (side.kind === 'absent') return undefined;
  if (side.kind === 'other') {
    const { kind: _, ...facts } = side;
    return facts;
  }
  const state = redaction.show(side.state, []);
  return bytesOf(state) > MAX_STATE_BYTES ? { mediaType: 'application/json', bytes: bytesOf(side.state) } : state;
}

/** As many rows as there is room for, and how many more there would be. */
function rowsOf(sides: Sides, redaction: Redaction): Pick<ConflictView, 'difference' | 'more'> {
  const all = differences(sides, redaction);
  const difference: Difference[] = [];
  let bytes = 0;
  for (const differing of all.slice(0, MAX_ROWS)) {
    const row = shownRow(differing, redaction);
    bytes += bytesOf(row);
    if (bytes > MAX_ROWS_BYTES) break;
    difference.push(row);
  }
  const more = all.length - difference.length;
  return { difference, ...(more > 0 && { more }) };
}

function shownRow({ path, ...sides }: Differing, redaction: Redaction): Difference {
  const base = shownValue(sides.base, path, redaction);
  const ours = shownValue(sides.ours, path, redaction);
  const theirs = shownValue(sides.theirs, path, redaction);
  return {
    path: redaction.pointer(path),
    ...(base !== undefined && { base }),
    ...(ours !== undefined && { ours }),
    ...(theirs !== undefined && { theirs }),
  };
}

function shownValue(value: Json | undefined, path: Path, redaction: Redaction): Json | undefined {
  if (value === undefined) return undefined;
  const shown = redaction.show(value, path);
  const text = JSON.stringify(shown);
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH).toWellFormed()}…` : shown;
}

interface Differing extends Sides {
  readonly path: Path;
}

/** Where ours and theirs differ, down to the leaves; what nobody may see is not looked into, nor are arrays of two lengths. */
function differences(sides: Sides, redaction: Redaction, path: Path = []): readonly Differing[] {
  if (sameJson(sides.ours, sides.theirs)) return [];
  const names = redaction.hides(path) ? [] : innerNames(sides);
  if (names.length === 0) return [{ path, ...sides }];
  return names.flatMap((name) => {
    const inner = {
      base: valueAt(sides.base, [name]),
      ours: valueAt(sides.ours, [name]),
      theirs: valueAt(sides.theirs, [name]),
    };
    return differences(inner, redaction, [...path, name]);
  });
}

/** None where the sides can only be compared as a whole. */
function innerNames({ ours, theirs }: Sides): readonly string[] {
  if (isJsonArray(ours) && isJsonArray(theirs)) return ours.length === theirs.length ? Object.keys(ours) : [];
  const objects = [ours, theirs].filter((side) => side !== undefined);
  return objects.every(isJsonObject) ? namesOf(...objects) : [];
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
