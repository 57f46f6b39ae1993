import type { ConflictView, Difference } from '../../contract/conflict-record.ts';
import { isJsonArray, isJsonObject, type Json, namesOf, sameJson } from '../json/json-value.ts';
import { type Path, pointerOf, valueAt } from './json-pointer.ts';
import type { Sides } from './merged.ts';
import type { Redaction } from './redact.ts';

const MAX_FIELDS = 50;
/** Limit of all pointers together, in bytes. The ledger stores them twice, and each may be long. */
const MAX_FIELDS_BYTES = 8_192;
const MAX_ROWS = 100;
/**
 * Limit of each state, in bytes of JSON. The question shares one ledger item (at most 400 KB) with an operation of up
 * to 256 KB.
 */
const MAX_STATE_BYTES = 16_384;
const MAX_ROWS_BYTES = 32_768;
/** Limit of one value in a row, in characters of JSON. */
const MAX_VALUE_LENGTH = 500;

/** A state for display: JSON, a description of anything else, or absent. */
export type ViewableState =
  | { readonly kind: 'json'; readonly state: Json }
  | { readonly kind: 'other'; readonly mediaType: string; readonly bytes?: number }
  | { readonly kind: 'absent' };

/**
 * JSON Pointers of the fields that differ between two states, sorted. At most 50 pointers and 8 KiB. Empty if a state
 * is absent or is not JSON.
 */
export function differingFields(
  one: Json | undefined,
  other: Json | undefined,
  redaction: Redaction,
): readonly string[] {
  if (one === undefined || other === undefined) return [];
  const differing = differences({ base: undefined, ours: one, theirs: other }, redaction);
  const paths = new Map(differing.map(({ path }) => [pointerOf(path), path]));
  const pointers = new Set<string>();
  // Each name costs a search for secrets, and few are shown.
  for (const raw of [...paths.keys()].sort()) {
    if (pointers.size === MAX_FIELDS) break;
    pointers.add(redaction.pointer(paths.get(raw) ?? []));
  }
  let bytes = 0;
  return [...pointers].sort().filter((pointer) => {
    bytes += Buffer.byteLength(pointer);
    return bytes <= MAX_FIELDS_BYTES;
  });
}

/** Builds the view of both sides for a human. Masks sensitive values. */
export function buildConflictView(
  {
    base,
    ours,
    theirs,
  }: { readonly base: Json | undefined; readonly ours: ViewableState; readonly theirs: ViewableState },
  redaction: Redaction,
): ConflictView {
  const [ourView, theirView] = [maskedState(ours, redaction), maskedState(theirs, redaction)];
  const comparable = ours.kind === 'json' && theirs.kind === 'json';
  return {
    ours: ourView,
    theirs: theirView,
    ...(comparable ? rowsOf({ base, ours: ours.state, theirs: theirs.state }, redaction) : { difference: [] }),
  };
}

function maskedState(side: ViewableState, redaction: Redaction): unknown {
  if (side.kind === 'absent') return undefined;
  if (side.kind === 'other') {
    const { kind: _, ...facts } = side;
    return facts;
  }
  const state = redaction.show(side.state, []);
  return bytesOf(state) > MAX_STATE_BYTES ? { mediaType: 'application/json', bytes: bytesOf(side.state) } : state;
}

/** The rows that fit, and the number of those that don't. */
function rowsOf(sides: Sides, redaction: Redaction): Pick<ConflictView, 'difference' | 'more'> {
  const all = differences(sides, redaction);
  const difference: Difference[] = [];
  let bytes = 0;
  for (const differing of all.slice(0, MAX_ROWS)) {
    const row = maskedRow(differing, redaction);
    bytes += bytesOf(row);
    if (bytes > MAX_ROWS_BYTES) break;
    difference.push(row);
  }
  const more = all.length - difference.length;
  return { difference, more: more > 0 ? more : undefined };
}

function maskedRow({ path, ...sides }: Differing, redaction: Redaction): Difference {
  const base = maskedValue(sides.base, path, redaction);
  const ours = maskedValue(sides.ours, path, redaction);
  const theirs = maskedValue(sides.theirs, path, redaction);
  return { path: redaction.pointer(path), base, ours, theirs };
}

function maskedValue(value: Json | undefined, path: Path, redaction: Redaction): Json | undefined {
  if (value === undefined) return undefined;
  const shown = redaction.show(value, path);
  const text = JSON.stringify(shown);
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH).toWellFormed()}…` : shown;
}

interface Differing extends Sides {
  readonly path: Path;
}

/** Lists the differing leaves. Doesn't descend into masked values, or into arrays of different lengths. */
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

/** Empty if the sides can only be compared as a whole. */
function innerNames({ ours, theirs }: Sides): readonly string[] {
  if (isJsonArray(ours) && isJsonArray(theirs)) return ours.length === theirs.length ? Object.keys(ours) : [];
  const objects = [ours, theirs].filter((side) => side !== undefined);
  return objects.every(isJsonObject) ? namesOf(...objects) : [];
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
