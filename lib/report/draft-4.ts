import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Keywords that Draft 4 does not know, and that it can't say in other words. */
const UNKNOWN = new Set([
  '$schema',
  'propertyNames',
  'contains',
  'minContains',
  'maxContains',
  'examples',
  'dependentSchemas',
]);
/** Keywords whose values are schemas by name. */
const MAPS = new Set(['properties', '$defs', 'definitions']);

/**
 * Writes a schema of Draft 2020-12 in Draft 4, which EventBridge's registry takes. The result accepts at least what the
 * schema accepts, since Draft 4 can say less.
 */
export function toDraft4(schema: Schema): Schema {
  const { if: condition, then: consequence, not, ...others } = schema;
  const entries = Object.entries(others).flatMap(([keyword, value]) =>
    UNKNOWN.has(keyword) ? [] : [converted(keyword, value)],
  );
  const implied =
    isPlainObject(condition) && isPlainObject(consequence) && canSay(condition)
      ? { anyOf: [{ not: toDraft4(condition) }, toDraft4(consequence)] }
      : {};
  const excluded = isPlainObject(not) && canSay(not) ? { not: toDraft4(not) } : {};
  return { ...Object.fromEntries(entries), ...implied, ...excluded };
}

/** Whether Draft 4 says exactly the same. Otherwise it accepts more, and its negation would accept less. */
function canSay(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(canSay);
  if (!isPlainObject(schema)) return true;
  return Object.entries(schema).every(([keyword, value]) => !UNKNOWN.has(keyword) && canSay(value));
}

function converted(keyword: string, value: unknown): readonly [string, unknown] {
  if (keyword === 'const') return ['enum', [value]];
  if (keyword === '$ref') return ['$ref', String(value).replace('#/$defs/', '#/definitions/')];
  if (MAPS.has(keyword) && isPlainObject(value)) return [keyword.replace('$defs', 'definitions'), eachOf(value)];
  if (Array.isArray(value)) return [keyword, value.map((each) => (isPlainObject(each) ? toDraft4(each) : each))];
  return [keyword, isPlainObject(value) && keyword !== 'default' ? toDraft4(value) : value];
}

function eachOf(schemas: Schema): Schema {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, isPlainObject(schema) ? toDraft4(schema) : schema]),
  );
}
