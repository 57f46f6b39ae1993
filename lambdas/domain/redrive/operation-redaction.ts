import { type Path, pointerOf } from '../conflict/json-pointer.ts';
import { MASK, type Redaction, redaction } from '../conflict/redact.ts';
import { shownPath } from '../disclosure/shown-path.ts';
import { isJsonArray, isJsonObject, type Json, memberOf, objectOf } from '../json/json-value.ts';
import { readJson } from '../json/lossless-json.ts';

/** Begins a stand-in. No text of an operation begins so by chance. */
const STAND_IN = `${MASK}\u0000`;

/**
 * Masks an operation, as one JSON value with its bodies parsed.
 *
 * @param sensitive JSON Pointers within the body to mask besides sensitive names
 * @param edits texts of earlier edits. What they copied from a masked place stays masked
 */
export function operationRedaction(sensitive: readonly string[], edits: readonly string[] = []): Redaction {
  // The version that a write was made from has the same fields as its body.
  const within = sensitive.flatMap((pointer) => [`/body${pointer}`, `/base${pointer}`]);
  const inner = redaction([...within, ...edits.flatMap(maskedPlaces)]);
  const hasMaskedPart = (value: Json, path: Path) =>
    path.length === 1 && path[0] === 'path' && typeof value === 'string' && shownPath(value) !== value;
  return {
    ...inner,
    show: (value, path) => (hasMaskedPart(value, path) ? MASK : inner.show(withMasks(value), path)),
  };
}

/** JSON Pointers within the body to what edits copied from a masked place. They stay masked. */
export function maskedBodyPlaces(edits: readonly string[] = []): readonly string[] {
  return edits.flatMap(maskedPlaces).flatMap((pointer) => {
    const [, place] = /^\/(?:body|base)(\/.*|$)/s.exec(pointer) ?? [];
    return place === undefined ? [] : [place];
  });
}

/**
 * A view of an operation with a stand-in for each value that is masked. Whatever a patch makes of it can reveal no
 * masked value. Stand-ins of different places differ, so that a copy counts as a change.
 */
export function withStandIns(view: Json, hidden: Redaction, path: Path = [], isHidden = false): Json {
  const hides = isHidden || hidden.hides(path);
  if (isJsonArray(view)) return view.map((element, at) => withStandIns(element, hidden, [...path, String(at)], hides));
  if (isJsonObject(view)) {
    const members = Object.entries(view);
    return objectOf(members.map(([name, value]) => [name, withStandIns(value, hidden, [...path, name], hides)]));
  }
  return hides || hidden.show(view, path) === MASK ? `${STAND_IN}${pointerOf(path)}` : view;
}

/** Whether a value has a stand-in, or the name of a member that is masked. */
export function hasMasked(value: Json | undefined, hidden: Redaction): boolean {
  if (isJsonArray(value)) return value.some((element) => hasMasked(element, hidden));
  if (!isJsonObject(value)) return isStandIn(value);
  return Object.entries(value).some(
    ([name, member]) => hidden.pointer([name]) !== pointerOf([name]) || hasMasked(member, hidden),
  );
}

/** Masks in the place of stand-ins. */
function withMasks(value: Json): Json {
  if (isJsonArray(value)) return value.map(withMasks);
  if (!isJsonObject(value)) return isStandIn(value) ? MASK : value;
  return objectOf(Object.entries(value).map(([name, member]) => [name, withMasks(member)]));
}

function isStandIn(value: Json | undefined): boolean {
  return typeof value === 'string' && value.startsWith(STAND_IN);
}

/** JSON Pointers within the operation to what an edit copied or moved from a masked place. */
function maskedPlaces(edit: string): readonly string[] {
  const stored = readJson(edit);
  const masked = isJsonObject(stored) ? memberOf(stored, 'masked') : undefined;
  return isJsonArray(masked) ? masked.filter((pointer) => typeof pointer === 'string') : [];
}
