import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { ConflictSettings } from '../../../../lambdas/contract/settings.ts';
import { resubmission } from '../../../../lambdas/domain/conflict/compare.ts';
import { applyJsonPatch, readJsonPatch } from '../../../../lambdas/domain/conflict/json-patch.ts';
import { applyMergePatch } from '../../../../lambdas/domain/conflict/merge-patch.ts';
import type { Json } from '../../../../lambdas/domain/json/json-value.ts';
import { readJson } from '../../../../lambdas/domain/json/lossless-json.ts';
import { json } from '../../../support/json.ts';
import { ARRAY_KEYS, state, versions } from './arbitrary-states.ts';
import { BY_DATE, BY_FIELD, compared, current, ours, patch, put, remove } from './conflict-samples.ts';

const BY_KEY: ConflictSettings = { strategy: 'merge', arrayKeys: ARRAY_KEYS, sensitive: [] };
const etag = fc.oneof(
  { arbitrary: fc.constantFrom('"a"', '"b"', '"c"'), weight: 6 },
  { arbitrary: fc.constantFrom('W/"a"', 'a', '*', '', '"a", "b"'), weight: 1 },
);
const condition = fc.option(etag, { nil: undefined });
const lastModified = fc.constantFrom(undefined, 'Sun, 01 Mar 2026 11:00:00 GMT', 'Sun, 01 Mar 2026 13:00:00 GMT');
const settings: fc.Arbitrary<ConflictSettings> = fc.constantFrom<ConflictSettings[]>(BY_KEY, BY_DATE, BY_FIELD);

/** Any write of such states, with or without a base, under any condition. */
function writeOf(states: fc.Arbitrary<Json>): fc.Arbitrary<HttpOperation> {
  const op = fc.constantFrom('add', 'replace', 'remove', 'test');
  const step = fc.record({ op, path: fc.constantFrom('/a', '/b/c', '/lines/0'), value: states });
  const operations = fc.oneof(
    states.map((body) => put(body)),
    states.map((body) => patch(body, 'merge-patch')),
    fc.array(step, { maxLength: 3 }).map((body) => patch(body, 'json-patch')),
    fc.constant(remove()),
  );
  const conditions = fc.record({ base: fc.option(states, { nil: undefined }), ifMatch: condition, header: condition });
  return fc.tuple(operations, conditions).map(([operation, { base, ifMatch, header }]) => ({
    ...operation,
    base: base === undefined ? undefined : json(base),
    ifMatch,
    headers: header === undefined ? operation.headers : { ...operation.headers, 'if-match': header },
  }));
}

/** Two times, and two fields that each side may change. The request and its ETag depend only on these. */
const small = fc.constantFrom<Json[]>(
  ...[{ a: 1, b: { c: 1 } }, { a: 2, b: { c: 1 } }, { a: 1, b: { c: 2 } }, { a: 1 }],
  ...[
    { a: 1, changed: '2026-03-01T11:00:00Z' },
    { a: 2, changed: '2026-03-01T13:00:00Z' },
  ],
);

it('a write is resubmitted only with the fresh ETag, never with a refused one', () => {
  let resubmitted = 0;
  fc.assert(
    fc.property(
      fc.record({ write: writeOf(small), theirs: small }),
      fc.record({ etag, lastModified, settings, refused: fc.array(etag, { maxLength: 2 }) }),
      ({ write: operation, theirs }, { etag: fresh, lastModified: at, settings: strategy, refused }) => {
        const comparison = compared(operation, current(theirs, { etag: fresh, lastModified: at }), strategy, refused);
        if (comparison.kind !== 'resubmit') return;
        resubmitted++;
        expect(comparison.operation.ifMatch).toBe(fresh);
        expect(refused).not.toContain(fresh);
        expect(operation.ifMatch).not.toBe(fresh);
        expect(comparison.operation.headers ?? {}).not.toHaveProperty('if-match');
      },
    ),
    { numRuns: 1_000 },
  );
  expect(resubmitted).toBeGreaterThan(50);
});

it('a merged patch comes to the same as a merged whole', () => {
  fc.assert(
    fc.property(versions, ({ base, ours: mine, theirs }) => {
      const whole = compared(put(mine, { base: json(base) }), current(theirs), BY_KEY);
      if (whole.kind !== 'resubmit') return;
      const text = whole.operation.body;
      const wanted = JSON.parse(text ?? '');
      for (const type of ['merge-patch', 'json-patch'] as const) {
        const body = type === 'merge-patch' ? {} : [];
        const next = resubmission(ours(patch(body, type)), current(theirs), { body: json(wanted) }, { sensitive: [] });
        if (next.kind !== 'resubmit') continue;
        const sent = readJson(next.operation.body ?? '');
        expect(sent).toBeDefined();
        if (sent === undefined) continue;
        const steps = readJsonPatch(sent);
        const result = type === 'merge-patch' ? applyMergePatch(theirs, sent) : steps && applyJsonPatch(theirs, steps);
        expect(result).toEqual(type === 'merge-patch' ? wanted : { kind: 'applied', state: wanted });
      }
    }),
    { numRuns: 150 },
  );
});

describe('what nobody may see', () => {
  const MARKER = 'do-not-show';
  const hidden = fc.constantFrom('password', 'apiKey', 'customer_email', 'IBAN', 'cardPin', 'note', 'address');
  const marked = fc.constantFrom<unknown[]>(MARKER, { [MARKER]: 1 }, { a: { b: MARKER } }, [MARKER, { c: MARKER }]);
  const place = fc.constantFrom('', 'a', 'deep');

  it('is in no question, wherever it is', () => {
    fc.assert(
      fc.property(fc.record({ write: writeOf(state), theirs: state, name: hidden, value: marked, place }), (drawn) => {
        const { name, value, place: at } = drawn;
        const hide = (side: unknown) => {
          const inside = { ...(typeof side === 'object' && !Array.isArray(side) ? side : {}), [name]: value };
          return at === '' ? inside : { [at]: inside, other: Math.PI };
        };
        const { body, base, ...operation } = drawn.write;
        const marks = {
          ...operation,
          base: json(hide(base && JSON.parse(base))),
          body: body === undefined || body.startsWith('[') ? undefined : json(hide(JSON.parse(body))),
        };
        const sensitive = [`${at === '' ? '' : '/*'}/note`];
        for (const theirs of [current(hide(drawn.theirs)), current({ a: 1 }), { statusCode: 410 }]) {
          const comparison = compared(marks, theirs, { strategy: 'ask', sensitive });
          if (comparison.kind === 'undecided') expect(JSON.stringify(comparison)).not.toContain(MARKER);
        }
      }),
      { numRuns: 200 },
    );
  });
});
