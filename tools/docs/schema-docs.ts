import { inspect } from 'node:util';
import * as v from 'valibot';
import { brief, isDuration } from '../../lib/config/values.ts';

type Entries = Readonly<Record<string, v.GenericSchema>>;

/** All that the schemas of the config say about themselves. */
interface Metadata {
  readonly meaning?: string;
  readonly range?: string;
  readonly also?: string;
  readonly absent?: string;
  readonly wrong?: readonly unknown[];
  readonly entries?: Entries;
  readonly variants?: Entries;
  readonly key?: { readonly name: string; readonly meaning: string };
  readonly element?: v.GenericSchema;
}

/** What a schema says about itself, below what makes it optional. */
export function metadataOf(schema: v.GenericSchema): Metadata {
  return v.getMetadata(innerOf(schema)) as Metadata;
}

/** The schema of the value of a setting that may be absent. */
export function innerOf(schema: v.GenericSchema): v.GenericSchema {
  return 'wrapped' in schema ? (schema.wrapped as v.GenericSchema) : schema;
}

/** Formats the default of a setting. */
export function defaultOf(schema: v.GenericSchema): string {
  const { absent } = metadataOf(schema);
  if (absent !== undefined) return absent;
  if (!('wrapped' in schema)) return 'required';
  const value: unknown = 'default' in schema ? schema.default : undefined;
  if (value === undefined) return 'none';
  if (isDuration(value)) return brief(value);
  if (typeof value === 'object') return 'see below';
  return typeof value === 'string' ? `\`${inspect(value)}\`` : String(value);
}

/** The settings of an object, or of all its variants. */
export function entriesOf(schema: v.GenericSchema): Entries {
  const { entries = {}, variants = {} } = metadataOf(schema);
  return Object.assign({}, ...Object.values(variants).map(entriesOf), entries);
}
