import { isPlainObject } from '../../contract/json-round-trip.ts';
import { FAILURE_FIELDS } from './failure-schema.ts';

/** A field that Backstop ignores, and the known one that its author may mean. */
interface UnknownField {
  /** Such as `undo.0.operation.boddy`. */
  readonly path: string;
  readonly meant?: string;
}

/** Most changed characters of a mistyped name. */
const MAX_DISTANCE = 2;

/** Finds the fields of an `Operation Failed` detail that Backstop ignores. Errors may have any field. */
export function unknownFields(detail: Readonly<Record<string, unknown>>): readonly UnknownField[] {
  const { failure, operation, step } = FAILURE_FIELDS;
  const steps = Array.isArray(detail.undo) ? detail.undo : [];
  return [
    ...unknownIn(detail, failure, ''),
    ...unknownIn(detail.operation, operation, 'operation.'),
    ...steps.flatMap((each: unknown, index) => [
      ...unknownIn(each, step, `undo.${index}.`),
      ...unknownIn(isPlainObject(each) ? each.operation : undefined, operation, `undo.${index}.operation.`),
    ]),
  ];
}

function unknownIn(object: unknown, known: readonly string[], at: string): readonly UnknownField[] {
  if (!isPlainObject(object)) return [];
  const names = Object.keys(object).filter((name) => !known.includes(name));
  return names.map((name) => ({ path: at + name, meant: known.find((field) => isTypoOf(name, field)) }));
}

function isTypoOf(name: string, field: string): boolean {
  if (Math.abs(name.length - field.length) > MAX_DISTANCE) return false;
  return distance(name.toLowerCase(), field.toLowerCase()) <= MAX_DISTANCE;
}

/** Characters to insert, remove or replace (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, character] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (character === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
