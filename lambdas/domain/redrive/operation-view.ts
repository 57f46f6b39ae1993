import type { Failure, HttpOperation } from '../../contract/failure.ts';
import type { JsonText } from '../../contract/json-text.ts';
import { writeFailure } from '../boundary/failure-json.ts';
import { isJsonObject, type Json, type JsonObject, memberOf, objectOf, sameJson } from '../json/json-value.ts';
import { readJson, writeJson } from '../json/lossless-json.ts';

/** The fields that an operation carries as text. */
const TEXT_FIELDS = ['body', 'base'] as const;

/**
 * An operation as one JSON value, with its bodies parsed. A body that can't be parsed without loss is absent, because a
 * change of one part would change the rest.
 */
export function operationView({ body, bodyClaim, base, ...others }: HttpOperation): JsonObject {
  const fields: readonly (readonly [string, Json | undefined])[] = Object.entries(others);
  return objectOf([
    ...fields,
    ['body', body && readJson(body)],
    ['bodyClaim', bodyClaim && { ...bodyClaim }],
    ['base', base && readJson(base)],
  ]);
}

/** The fields that {@link operationView} leaves out, because it can't parse them without loss. */
export function unreadableFields(operation: HttpOperation): readonly (typeof TEXT_FIELDS)[number][] {
  const view = operationView(operation);
  return TEXT_FIELDS.filter((field) => operation[field] !== undefined && memberOf(view, field) === undefined);
}

/**
 * JSON text of a failure with a changed operation. A body that the change leaves alone keeps its text.
 *
 * @param view the changed view of the failure's operation
 */
export function withChangedOperation({ operation: before, ...failure }: Failure, view: Json): string {
  const others = writeFailure(failure).slice(1, -1);
  return `{${others},"operation":${isJsonObject(view) ? writeOperation(view, before) : writeJson(view)}}`;
}

function writeOperation(view: JsonObject, before: HttpOperation): string {
  const texts = TEXT_FIELDS.map((field) => [field, changedText(memberOf(view, field), before[field])] as const);
  const others = Object.entries(view).filter(([name]) => TEXT_FIELDS.every((field) => field !== name));
  const members = [...others.map(([name, value]) => [name, writeJson(value)] as const), ...texts];
  const present = members.filter(([, text]) => text !== undefined);
  return `{${present.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

function changedText(after: Json | undefined, before: JsonText | undefined): JsonText | undefined {
  const was = before && readJson(before);
  if (after === undefined) return was === undefined ? before : undefined;
  return was !== undefined && sameJson(after, was) ? before : writeJson(after);
}
