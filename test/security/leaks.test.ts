import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../lambdas/contract/failure.ts';
import { buildConflictView, differingFields } from '../../lambdas/domain/conflict/difference.ts';
import { redaction } from '../../lambdas/domain/conflict/redact.ts';
import { shownPath } from '../../lambdas/domain/disclosure/shown-path.ts';
import type { Json } from '../../lambdas/domain/json/json-value.ts';
import { readJson } from '../../lambdas/domain/json/lossless-json.ts';
import { initialProgress } from '../../lambdas/domain/undo/undo-plan.ts';
import { DlqScene, WHY } from '../bin/commands/dlq-scene.ts';
import { json } from '../support/json.ts';
import { asking } from '../support/questions.ts';
import { sampleEntry, sampleFailure } from '../support/samples.ts';
import { ENCODINGS, MARKERS, piecesOf, TOKENS } from './markers.ts';

/** Names whose value is masked, whatever it is. */
const NAMES = [
  'x-session',
  'X-Session-Id',
  'sig',
  'tel',
  'x-api-key',
  'mail',
  'PHPSESSID',
  'csrf',
  'hmac',
  'clientSecret',
];
const PLAIN_VALUE = 'hunter2';

const ALL: Readonly<Record<string, string>> = {
  ...MARKERS,
  ...Object.fromEntries(
    Object.entries(TOKENS).flatMap(([issuer, tokens]) =>
      tokens.map((token, at) => [`token ${at + 1} of ${issuer}`, token]),
    ),
  ),
};

describe.each(Object.entries(ALL))('%s', (_, marker) => {
  it('is masked as a value, as a part of one, and as a name (CWE-200)', () => {
    const { show, pointer } = redaction([]);
    const state: Json = { a: marker, b: [`see ${marker} there`, { c: `x,${marker}` }], [marker]: 1 };
    const shown = JSON.stringify(show(state, [])) + pointer(['a', marker]);
    for (const piece of piecesOf(marker)) expect(shown).not.toContain(piece);
    expect(show('fine', [])).toBe('fine');
  });

  it('is masked where it crosses the cut of a text', () => {
    for (const before of [1, 100, 180, 195, 199]) {
      const shown = String(redaction([]).show(`${'x '.repeat(100).slice(-before)}${marker}${' y'.repeat(300)}`, []));
      expect(shown).toBe('***');
    }
  });

  it('is masked in a path, and only there', () => {
    expect(shownPath(`/orders/7/${encodeURIComponent(marker)}/lines`)).toBe('/orders/7/***/lines');
  });
});

it.each(Object.entries(ENCODINGS))('every marker is masked %s', (_, encode) => {
  const texts = Object.values(ALL).flatMap((marker) => [encode(marker), `see ${encode(marker)}, please`]);
  expect(texts.filter((text) => redaction([]).show(text, []) !== '***')).toEqual([]);
});

// The form of Mailchimp's keys shows at their end only.
const { Mailchimp: _, ...RECOGNIZED_EARLY } = TOKENS;

it.each(Object.entries(RECOGNIZED_EARLY))('a token of %s is masked, even without its last quarter', (_, tokens) => {
  for (const token of tokens) {
    const text = `the answer was ${token.slice(0, token.length * 0.75)}`;
    expect(redaction([]).show(text, []), text).toBe('***');
  }
});

it.each(Object.values(MARKERS))('the name of a step is masked before anything shows it: %j', (name) => {
  const operation = { method: 'DELETE', path: '/x' } as const;
  const failure = sampleFailure({ undo: [{ name: `refund ${name}`, dependency: 'payments', operation }] });
  const undo = initialProgress(sampleEntry({ failure }), { reason: 'permanent', now: 0, deadlineMs: 1 });
  expect(undo.steps).toMatchObject([{ name: '***', state: 'open' }]);
});

it.each(NAMES)('a value by the name %s is masked', (name) => {
  expect(redaction([]).show({ headers: { [name]: PLAIN_VALUE } }, [])).toEqual({ headers: { [name]: '***' } });
});

it.each([
  ['/tokens/abc', '/tokens/***'],
  ['/reset-password/abc/x', '/reset-password/***/x'],
  ['/sessions/7/orders', '/sessions/7/orders'],
  ['/orders/7', '/orders/7'],
  ['/', '/'],
  ['/a;jsessionid=abc/b', '/a;jsessionid=abc/b'.replace('a;jsessionid=abc', '***')],
])('the path %s is shown as %s', (path, shown) => {
  expect(shownPath(path)).toBe(shown);
});

describe('no false alarm for what operators need to read', () => {
  it.each([
    ...['order-7', '2026-03-01T12:00:00.000Z', '2026-03-01 12:00:00', '1772366400000', 'ship to Ulm', 'a@b', '@home'],
    ...[
      'arn:aws:sqs:us-east-1:123456789012:orders',
      '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
      'https://shop.example/a?page=2',
    ],
    ...[
      'task-reconciliation-of-orders',
      'Basic subscription plan',
      'the bearer of this',
      'P1: 2 of 3',
      'a = b',
      '12:30',
    ],
    ...['sha256:9f86d081884c7d659a2feaa0c55ad015', 'v1.2.3', 'GET /orders/7', 'PASSWORD', 'key-1', 'EUR 12.50', '+1'],
    // Ids, as others make them.
    ...['3f2504e0-4f89-41d3-9a0c-0305e82c3301', '00000000-0000-4000-8000-000000000000', '01ARZ3NDEKTSV4RRFFQ69G5FAV'],
    ...[
      '0ujtsYcgvSTl8PAuAdqWYSMnLOv',
      'cjld2cjxh0000qzrmn831i7rn',
      'V1StGXR8_Z5jdHi6B-myT',
      '507f1f77bcf86cd799439011',
    ],
    ...[
      '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      'W/"33a64df551425fcc55e4d42a148795d9f25f94"',
    ],
    ...[
      '1-5759e988-bd862e3fe1be46a994272793',
      '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      '1541815603606036480',
    ],
    ...[
      'order-20260301-0042',
      'ORD-2026-000123',
      '2026-0301-4711',
      '026-1234567-1234567',
      'INV/2026/03/0042',
      '#10042',
    ],
    ...['SKU-4711-XL', 'ISBN 978-3-16-148410-0', 'ABC-123-DEF', 'JIRA-4711', 'PO 4500012345', '1Z999AA10123456784'],
    // Versions, times, places, amounts.
    ...[
      '1.2.3-beta.4+build.5',
      '10.15.7',
      '2.0.0-rc.1+20130313144700',
      '192.168.100.200:8080',
      'fe80::1',
      'eu-central-1',
    ],
    ...[
      '2026-03-01T12:00:00+02:00',
      'Sun, 01 Mar 2026 12:00:00 GMT',
      '01.03.2026 12:30',
      '20260301T120000Z',
      '1772366400.123',
    ],
    ...[
      '1,234,567.89 EUR',
      '12 345 678',
      '99.5 %',
      '100 - 5 = 95',
      'x = y',
      '{"total":5,"lines":[1,2,3]}',
      '[1, 2, 3, 4, 5, 6, 7]',
    ],
    ...['arn:aws:states:us-east-1:123456789012:execution:orders:order-7', 'i-0abcd1234567890ef', 's3://bucket/key-1'],
    ...[
      'Waiting for the token of the task',
      'password must have 8 characters',
      'GET /v1/orders/7?limit=10&after=42',
      'Error: x',
    ],
    ...['SKIPPED', 'ACCEPTED', 'sk-SK', 'Basic auth is required', 'the key - value pairs', 'a <b> c', 'iVBORw0KGgo'],
  ])('%s', (text) => {
    expect(redaction([]).show(text, [])).toBe(text);
  });

  it('ids of fast-check (UUIDs, ULIDs, digests, order numbers), but for those with a card number by chance', () => {
    const hexString = (length: number) =>
      fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
    const id = fc.oneof(
      fc.uuid(),
      fc.ulid(),
      hexString(40),
      hexString(64),
      fc.integer({ min: 1, max: 999_999_999 }).map((n) => `order-${n}`),
    );
    const shown = fc.sample(id, { numRuns: 1_000, seed: 15 }).filter((text) => redaction([]).show(text, []) === text);
    expect(shown.length).toBeGreaterThan(980);
  });
});

const scene = DlqScene.inThisFile();

/** An operation with a marker in each field that may hold one. */
function operationWith(marker: string): HttpOperation {
  return {
    method: 'PUT',
    path: `/orders/7/${encodeURIComponent(marker)}`,
    query: { q: marker, sig: PLAIN_VALUE },
    headers: { 'x-session': PLAIN_VALUE, 'x-note': marker },
    body: json({ total: 5, note: marker, deep: [{ tel: PLAIN_VALUE, [marker]: 1 }] }),
    base: json({ total: 4, note: marker }),
    resourceId: marker,
    ifMatch: marker,
    checkpoint: marker,
  };
}

describe('no command prints or stores a payload in the clear (CWE-532)', () => {
  /** One of each kind; above, every marker passes through the same functions. */
  const all = ['an e-mail address', 'a JWT', 'a private key (PEM)', 'an IBAN in groups', 'a card number', 'a cookie']
    .map((name) => MARKERS[name] ?? '')
    .concat(['Stripe', 'GitHub', 'AWS'].map((issuer) => TOKENS[issuer]?.[0] ?? ''));

  it('whichever marker its fields hold', async () => {
    const printed: string[] = [];
    const { backstop, plans } = scene.operator();
    const print = async (...command: readonly string[]) => {
      for (const json of [[], ['--json']]) {
        const { out, err } = await backstop(...command, ...json);
        printed.push(out, err);
      }
    };
    const failures: string[] = [];
    for (const marker of all) {
      const operation = operationWith(marker);
      const dead = await scene.dead({ failure: sampleFailure({ operation }) });
      const { method, path } = operation;
      const about = { method, path: shownPath(path), hasBase: true };
      const asked = asking(`asked-${dead.id}`, { shown: shownOf(operation), about }, scene.now());
      await scene.ledger.claim({ ...asked, failure: sampleFailure({ id: asked.id, operation }) });
      failures.push(dead.id);
      printed.push(asked.question.shown);
      await print('dlq', 'show', dead.id);
      await print('decisions', 'show', asked.id);
      await print('trace', dead.id);
    }
    await print('dlq', 'ls');
    await print('dlq', 'redrive', 'payments', '--dry-run');
    await print('decisions', 'ls');
    await print('dlq', 'discard', ...failures, ...WHY);
    await print('audit');
    const whole = [...printed, ...plans].join('\n');
    expect(whole.split('/orders/7/***').length).toBeGreaterThan(3 * all.length);
    for (const secret of [...all.flatMap(piecesOf), PLAIN_VALUE]) expect(whole).not.toContain(secret);
  });

  function shownOf({ base, body }: HttpOperation): string {
    const theirs = { total: 6, note: 'another', deep: [] };
    const [before, ours] = [base, body].map((text) => readJson(text ?? '') ?? null);
    const view = buildConflictView(
      { base: before, ours: { kind: 'json', state: ours ?? null }, theirs: { kind: 'json', state: theirs } },
      redaction([]),
    );
    return JSON.stringify({ ...view, fields: differingFields(ours ?? null, theirs, redaction([])) });
  }
});
