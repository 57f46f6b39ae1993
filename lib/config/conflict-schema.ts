import * as v from 'valibot';
import { functionArn } from './aws-names.ts';
import { byKind, defaulted, optional, recordOf, required, settings } from './schema.ts';
import { matching, matchingText, oneOf, someOf, text } from './values.ts';

/** The JSON Pointer of a part of a state, not of the whole. */
const POINTER = /^(?:\/(?:[^~/]|~[01])*)+$/;

const pointer = matchingText(POINTER, "be a JSON Pointer such as '/updatedAt'", {
  range: 'JSON Pointer',
  wrong: ['updatedAt'],
});
const arrayPointer = matching<string>(
  (value) => value === '' || (typeof value === 'string' && POINTER.test(value)),
  "be '' or a JSON Pointer such as '/items'",
  { range: "`''` or JSON Pointer", wrong: ['items'] },
);

const sensitive = optional(someOf(pointer), 'More fields to mask in questions, beside those that their names reveal', {
  also: '`*` stands for any member',
});
const plain = settings({ strategy: oneOf('reject', 'ask'), sensitive });

const strategies = byKind(
  'strategy',
  {
    reject: plain,
    ask: plain,
    'last-writer-wins': settings({
      strategy: oneOf('last-writer-wins'),
      sensitive,
      timestamp: optional(
        pointer,
        'Where the state has the time of its last change, RFC 3339 or a number of seconds or milliseconds',
        { absent: '`occurredAt` of the failure, against `Last-Modified`' },
      ),
    }),
    merge: settings({
      strategy: oneOf('merge'),
      sensitive,
      arrayKeys: defaulted(
        {},
        recordOf(arrayPointer, text, {
          range:
            "object: JSON Pointer of the array to a field name. `*` stands for any member, `''` for a state that is an array",
          wrong: [{ items: 'sku' }, { '/items': '' }],
        }),
        'Arrays to merge element by element, each with the field that identifies an element',
        { absent: 'none: an array is one value' },
      ),
    }),
    function: settings({
      strategy: oneOf('function'),
      sensitive,
      functionArn: required(functionArn, 'Your Lambda function that decides', {
        also: 'may be a token',
      }),
    }),
  },
  'What to do after a 409, 412 or 428 to a `PUT`, `PATCH` or `DELETE`',
);

export const conflict = v.pipe(
  strategies,
  v.transform((chosen) => ({ ...chosen, sensitive: chosen.sensitive ?? [] })),
);
