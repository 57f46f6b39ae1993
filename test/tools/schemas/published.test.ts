import { readFileSync } from 'node:fs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { announcing } from '../../../lambdas/adapters/operator/announcement.ts';
import { OPERATOR_ACTIONS } from '../../../lambdas/contract/operator-actions.ts';
import { OUTCOMES, type Outcome } from '../../../lambdas/contract/outcomes.ts';
import type { CircuitChange } from '../../../lambdas/domain/circuit/circuit-change.ts';
import { circuitEvent } from '../../../lambdas/domain/circuit/circuit-event.ts';
import { outcomeEvent } from '../../../lambdas/domain/ledger/outcome-event.ts';
import { SCHEMAS } from '../../../tools/schemas/schemas.ts';
import { fakeClient } from '../../support/operator.ts';
import { NOW, sampleEntry, sampleUndo } from '../../support/samples.ts';

/** The published schema, but closed: a field that it lacks is a mistake here. */
function closed(name: string) {
  return new Ajv2020({ strict: true, allErrors: true }).compile({ ...SCHEMAS[name], additionalProperties: false });
}

function mistakesOf(validate: ReturnType<typeof closed>, detail: string) {
  return validate(JSON.parse(detail)) ? [] : validate.errors;
}

const answer = {
  fallback: 'last-good',
  statusCode: 200,
  headers: { 'retry-after': '17', age: '3' },
  body: '{}',
  ageMs: 2_500,
  at: '2026-03-01T12:00:00.000Z',
} as const;
const conflict = { rounds: 2, refused: ['"v1"'], end: 'both-changed', winner: 'merged' } as const;

describe('the schema of an outcome', () => {
  const validate = closed('operation-outcome');
  const reported = OUTCOMES.filter((outcome) => outcome !== 'ignored');

  it.each<[Outcome, object]>(
    reported.flatMap((outcome) => [
      [outcome, {}],
      [outcome, { tenant: 'acme', conflict, undo: sampleUndo() }],
    ]),
  )('holds for %s %j', (outcome, change) => {
    for (const [reason, given] of [
      [undefined, undefined],
      ['exhausted', answer],
      ['by-operator', undefined],
    ] as const) {
      const { detail = '' } = outcomeEvent(sampleEntry(change), outcome, reason, given) ?? {};
      expect(mistakesOf(validate, detail)).toEqual([]);
    }
  });

  it('names each outcome that has an event', () => {
    expect(SCHEMAS['operation-outcome']?.properties?.outcome?.enum).toEqual(reported);
  });
});

describe('the schema of Circuit State Changed', () => {
  const validate = closed('circuit-state-changed');
  const change: CircuitChange = {
    circuit: 'payments',
    from: 'closed',
    to: 'open',
    reason: 'failure-rate',
    counts: { successes: 4, failures: 26 },
    at: NOW,
  };

  it.each<Partial<CircuitChange>>([
    {},
    { circuit: 'payments/acme', until: NOW + 30_000 },
    { to: 'forced-open', reason: 'forced', note: 'the bank is down', by: 'alice as night shift' },
  ])('holds for %j', (part) => {
    expect(mistakesOf(validate, circuitEvent({ ...change, ...part }, 7).detail)).toEqual([]);
  });
});

describe('the schema of Operator Acted', () => {
  const validate = closed('operator-acted');

  it.each(OPERATOR_ACTIONS)('holds for %s', async (action) => {
    const items: Record<string, unknown>[] = [];
    const client = fakeClient(({ input }) => {
      if ('Item' in input) items.push(unmarshall(input.Item as never));
      return {};
    });
    const act = {
      id: '2026-03-01T12:00:00.000Z#5f0c1a9be2d4',
      action,
      by: 'alice as night shift',
      name: 'night shift',
    };
    const told = {
      ...act,
      principal: 'arn:aws:sts::123456789012:assumed-role/Operators/alice',
      why: 'the bank is back',
    };
    const announce = announcing({ client: client as never, table: 'ledger' });
    await announce({ ...told, at: '2026-03-01T12:00:00.000Z', dependency: 'payments', facts: { count: 3 } });
    await announce({ ...told, at: '2026-03-01T12:00:00.000Z', failureId: 'order-1' });
    const details = items.map(({ outbox }) => (outbox as { readonly detail: string }).detail);
    expect(details.map((detail) => mistakesOf(validate, detail))).toEqual([[], []]);
  });
});

/** The JSON blocks of the documents that show one of these events. */
function examplesIn(page: string, isOf: (event: Readonly<Record<string, unknown>>) => boolean): readonly string[] {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  return blocks.filter((block) => {
    try {
      return isOf(JSON.parse(block));
    } catch {
      return false;
    }
  });
}

it.each([
  ['operation-failed', 'events.md', 'operation', 1],
  ['operation-outcome', 'events.md', 'outcome', 2],
  ['operator-acted', 'events.md', 'principal', 1],
  ['circuit-state-changed', 'circuit.md', 'circuit', 1],
] as const)('the schema %s holds for the examples in docs/%s', (name, page, field, count) => {
  const examples = examplesIn(page, (event) => 'version' in event && field in event && event.kind === undefined);
  expect(examples).toHaveLength(count);
  const validate = name === 'operation-failed' ? undefined : closed(name);
  const open = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(SCHEMAS[name] ?? {});
  expect(examples.map((example) => mistakesOf(validate ?? open, example))).toEqual(examples.map(() => []));
});
