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

/** Values with a recognizable form. They are the examples of their issuers' documents, or follow their form. */
const MARKERS = {
  'an e-mail address': 'anna.b@example.com',
  'an e-mail address, encoded (CWE-177)': 'anna%40example.com',
  'an e-mail address, encoded twice': 'anna%2540example.com',
  'an e-mail address in full width': 'anna\uff20example.com',
  'a bearer token': 'Bearer mF_9.B5f-4.1JqM',
  'basic credentials': 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
  'a JWT': 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  'a JWT in the middle of a word': 'id_eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  'an access key of AWS': 'AKIAIOSFODNN7EXAMPLE',
  'a temporary access key of AWS': 'ASIAIOSFODNN7EXAMPLE',
  'a key of Stripe': 'sk_live_4eC39HqLyjWDarjtT1zdp7dc',
  'a token of GitHub': `ghp_${'a1B2'.repeat(9)}`,
  'a token of GitLab': `glpat-${'a1B2'.repeat(5)}`,
  'a token of Slack': 'xoxb-123456789012-abcdefABCDEF',
  'a key of Google': `AIza${'Sy4-_'.repeat(7)}`,
  'a token of npm': `npm_${'a1B2'.repeat(9)}`,
  'a key of Anthropic': `sk-ant-${'a1B2'.repeat(5)}`,
  'a private key (PEM)': '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----',
  'a private key of OpenSSH': '-----BEGIN OPENSSH PRIVATE KEY-----',
  'an IBAN': 'DE89370400440532013000',
  'an IBAN in groups': 'GB82 WEST 1234 5698 7654 32',
  'a card number': '4111111111111111',
  'a card number in groups': '3782-822463-10005',
  'a card number after another number': '12 4111 1111 1111 1111',
  'a card number with an invisible character': '4111\u200b111111111111',
  'a user with a password': 'postgres://anna:hunter2@db:5432/orders',
  'a user with a password, without a scheme': 'anna:hunter2@db',
  'a token in a query string': 'https://files.example/a?expires=1&token=hunter2',
  'a signature in a query string': '/a?X-Amz-Signature=0f1e2d&x=1',
  'a SAS of Azure': 'https://a.blob.core.windows.net/c?sv=2024&sig=hunter2%3D',
  'a connection string': 'Server=db;User Id=anna;Password=hunter2',
  'a password in JSON in a text': '{"user":"anna","password":"hunter2"}',
  'a password in a log line': 'login failed: password: hunter2',
  'a cookie': 'sid=hunter2; Path=/',
} as const;

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

/** Parts of a marker that must not appear, in case it is cut or split. */
const piecesOf = (marker: string) => [
  marker,
  marker.slice(0, -2),
  encodeURIComponent(marker),
  JSON.stringify(marker).slice(1, -1),
];

describe.each(Object.entries(MARKERS))('%s', (_, marker) => {
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
  ])('%s', (text) => {
    expect(redaction([]).show(text, [])).toBe(text);
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
  const all = Object.values(MARKERS).filter((marker) => !/[\uff20\u200b]/.test(marker));

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
      const asked = asking(`asked-${dead.id}`, { shown: shownOf(operation) }, scene.now());
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
