import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';

/** A JSON Schema, or a part of one. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

const WITHOUT_COUNTERPART = new Set(['check', 'raw_check', 'transform']);

/**
 * Converts a schema that validates to JSON Schema 2020-12. Own checks are left out: the caller adds what JSON Schema
 * can say of them.
 *
 * @throws Error if the schema has a part that is neither convertible nor an own check
 */
export function converted(
  schema: GenericSchema,
  definitions: Readonly<Record<string, GenericSchema>> = {},
): JsonSchema {
  const config: ConversionConfig = {
    target: 'draft-2020-12',
    // The object of `fields` comes after the check that it is one, and after the step that drops nulls.
    typeMode: 'output',
    definitions: { ...definitions },
    overrideSchema: ({ valibotSchema, jsonSchema }) => (valibotSchema.type === 'custom' ? jsonSchema : undefined),
    overrideAction: ({ valibotAction, jsonSchema }) => {
      if (WITHOUT_COUNTERPART.has(valibotAction.type)) return jsonSchema;
      // JSON Schema has patterns without flags only.
      const isFlagged =
        valibotAction.type === 'regex' && /\/\w+$/.test(String(Reflect.get(valibotAction, 'requirement')));
      return isFlagged ? jsonSchema : undefined;
    },
  };
  return toJsonSchema(schema, config) as JsonSchema;
}
