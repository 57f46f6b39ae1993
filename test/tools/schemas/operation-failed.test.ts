import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureMistakes } from '../../../lambdas/domain/boundary/failure-event.ts';
import { fileOf, SCHEMAS } from '../../../tools/schemas/schemas.ts';
import {
  BAD_CLAIMS,
  BAD_FIELDS,
  changed,
  claiming,
  FAILURE,
  OPTIONS,
  SMALLEST,
} from '../../lambdas/domain/boundary/failure-samples.ts';
import { anyDetail } from './any-detail.ts';

const schemaAccepts = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(fileOf('operation-failed'), 'utf8')),
);

/** The boundary as a lane asks it, with a dependency that takes encoded slashes. */
function mistakesOf(detail: unknown): readonly string[] {
  const options = { ...OPTIONS, takesEncodedSlashes: () => true };
  return failureMistakes(JSON.stringify(detail), {}, options).map(({ message }) => message);
}

/** `SCHEMA_EVENTS=100000 npx vitest run test/tools/schemas` tries more. */
const EVENTS = Number(process.env.SCHEMA_EVENTS ?? 400);

/** As it arrives: without what JSON lacks. */
function sent(detail: unknown): unknown {
  return JSON.parse(JSON.stringify(detail));
}

it.each(Object.entries(SCHEMAS))('docs/schemas is fresh (npm run schemas:update): %s', (name, schema) => {
  expect(JSON.parse(readFileSync(fileOf(name), 'utf8'))).toEqual(schema);
});

/** Why a lane rejects what the schema accepts. docs/events.md lists them. */
const LANE_ONLY = [
  /half of a surrogate pair$/,
  /query must have at most 100 parameters and 8192 characters$/,
  /headers must have at most 8192 characters in all$/,
  /headers must not name a header twice$/,
  /path must not contain a segment of dots, whatever they look like$/,
  /occurredAt (?:must be at most one day in the future|is so old .*)$/,
  /dependency must be the dependency of this lane$/,
  /bodyClaim.key must be a key of its dependency and tenant$/,
];
const LANE_ONLY_MISTAKES = [
  'an unknown dependency',
  "a dependency that is an object's own member",
  'a time too far ahead',
  'a time too long ago',
  'half a surrogate pair in the query',
  'a header given twice',
  'half a surrogate pair in a text to send',
  'half a surrogate pair in a checkpoint',
];

describe('the schema of Operation Failed', () => {
  it('accepts what the lane accepts, with nulls for absent fields', () => {
    expect([sent(FAILURE), SMALLEST].map((detail) => schemaAccepts(detail))).toEqual([true, true]);
    const nulls = { version: null, tenant: null, priority: null, undo: null, fallback: null };
    const operation = { ...SMALLEST.operation, query: null, headers: null, body: null, ifMatch: null, base: null };
    const detail = { ...SMALLEST, ...nulls, operation };
    expect([mistakesOf(detail), schemaAccepts(detail)]).toEqual([[], true]);
  });

  it.each(BAD_CLAIMS)(
    'rejects a claim that the lane rejects, unless only a lane can tell: %s',
    (_, operation, __, code) => {
      expect(schemaAccepts(sent({ ...FAILURE, version: 2, operation }))).toBe(code === 'not-accepted');
      expect(schemaAccepts(sent({ ...FAILURE, version: 2, operation: claiming() }))).toBe(true);
      expect(schemaAccepts(sent({ ...FAILURE, operation: claiming() }))).toBe(false);
    },
  );

  it.each(BAD_FIELDS)('rejects what the lane rejects, unless only a lane can tell: %s', (title, field, value) => {
    expect(schemaAccepts(sent(changed(field, value)))).toBe(LANE_ONLY_MISTAKES.includes(title));
  });

  it.each([
    '',
    'x',
    '//x',
    '/%2Fx',
    '/a%2F..',
    '/..;x',
    '/.',
    '/%2e',
    '/%5C',
    '/%252e',
    '/%0a',
    '/%7F',
    '/a b',
    '/%',
    '/%4',
    '/?a',
    '/é',
  ])('rejects a path that the lane rejects: %j', (path) => {
    const detail = { ...SMALLEST, operation: { method: 'GET', path } };
    expect([schemaAccepts(detail), mistakesOf(detail).length]).toEqual([false, 1]);
  });

  it.each(['/', '/a..b', '/.a', '/..a', '/a/', '/a//b', '/%C3%A9', '/a%2Fb', "/~!$&'()*+,;=:@"])(
    'accepts a path that the lane accepts: %s',
    (path) => {
      const detail = { ...SMALLEST, operation: { method: 'GET', path } };
      expect([schemaAccepts(detail), mistakesOf(detail)]).toEqual([true, []]);
    },
  );

  it('rejects a body with GET', () => {
    const detail = { ...SMALLEST, operation: { method: 'GET', path: '/x', body: {} } };
    expect(schemaAccepts(detail)).toBe(false);
  });

  it.each([5, 8, 11, 14, 17, 20, 24])('accepts the times that the lane accepts, with any two digits at %i', (at) => {
    const time = '2026-02-28T12:00:00.5+00:00';
    for (let pair = 0; pair < 100; pair += 1) {
      const occurredAt = time.slice(0, at) + String(pair).padStart(2, '0') + time.slice(at + 2);
      const isFormed = mistakesOf({ ...SMALLEST, occurredAt }).every((message) => !/valid|RFC/.test(message));
      expect(schemaAccepts({ ...SMALLEST, occurredAt }), occurredAt).toBe(isFormed);
    }
  });

  it.each([
    '24:00:00',
    '24:00:00.000',
    '24:00:00.000000000',
    '24:00:00.0001',
    '24:00:01',
    '24:01:00',
    '23:59:60',
    '12:00:00.',
  ])('accepts a time of the day just if the lane accepts it: %s', (time) => {
    const occurredAt = `2026-02-28T${time}Z`;
    const isFormed = mistakesOf({ ...SMALLEST, occurredAt }).every((message) => !/valid|RFC/.test(message));
    expect(schemaAccepts({ ...SMALLEST, occurredAt })).toBe(isFormed);
  });

  it('rejects nothing that the lane accepts, and accepts nothing else but for the known reasons', () => {
    let [accepted, rejected] = [0, 0];
    fc.assert(
      fc.property(anyDetail, (detail) => {
        const mistakes = mistakesOf(detail);
        if (schemaAccepts(sent(detail))) {
          accepted += 1;
          expect(mistakes.filter((mistake) => !LANE_ONLY.some((reason) => reason.test(mistake)))).toEqual([]);
        } else {
          rejected += 1;
          expect(mistakes).not.toEqual([]);
        }
      }),
      { numRuns: EVENTS },
    );
    expect(Math.min(accepted, rejected)).toBeGreaterThan(EVENTS / 10);
  });
});
