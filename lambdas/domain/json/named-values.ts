import * as v from 'valibot';
import { isPlainObject } from '../../contract/json-round-trip.ts';

/** An object with any names and values of one kind. The library's own `record` drops a member named `constructor`. */
export function namedValues<T>(
  value: v.GenericSchema<unknown, T>,
): v.GenericSchema<unknown, Readonly<Record<string, T>>> {
  return v.pipe(
    v.custom<Readonly<Record<string, unknown>>>(isPlainObject),
    v.transform((object) => Object.entries(object)),
    v.array(v.tuple([v.string(), value])),
    v.transform((members) => Object.fromEntries(members) as Readonly<Record<string, T>>),
  );
}
