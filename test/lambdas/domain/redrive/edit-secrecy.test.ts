import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { Json } from '../../../../lambdas/domain/json/json-value.ts';
import { maskedOperation } from '../../../../lambdas/domain/operator/shown-operation.ts';
import { EditError } from '../../../../lambdas/domain/redrive/edit-error.ts';
import { editOperation, type Patch } from '../../../../lambdas/domain/redrive/edit-operation.ts';
import { json } from '../../../support/json.ts';
import { sampleEntry, sampleFailure } from '../../../support/samples.ts';

const REFUSED = { kind: 'permanent', category: 'data-integrity', effect: 'none', rule: 'http-422' } as const;
const OPTIONS = { sensitive: ['/card/holder'], accepted: { allowHeaders: ['x-session'] } };

/** Everything that is masked, which two operations may differ in. */
interface Secrets {
  readonly text: string;
  readonly pin: number;
}
const ONE: Secrets = { text: 'hunter2', pin: 1_234 };

function operationWith({ text, pin }: Secrets): HttpOperation {
  const fields = { password: text, pin, card: { holder: text, network: 'visa' }, address: { zip: pin }, note: 'hello' };
  return {
    method: 'PUT',
    path: `/tokens/${text}/orders`,
    query: { session: text, page: '1' },
    headers: { 'x-session': text, 'idempotency-key': 'order-1' },
    body: json({ ...fields, lines: [{ pin }, { pin: 1 }], amount: 42 }),
    base: json(fields),
  };
}

function deadWith(secrets: Secrets, change: Partial<LedgerEntry> = {}): LedgerEntry {
  const over = { state: 'settled', outcome: 'dead-lettered', reason: 'permanent', verdict: REFUSED } as const;
  return sampleEntry({ ...over, failure: sampleFailure({ operation: operationWith(secrets) }), ...change });
}

const steps = (...value: readonly Json[]): Patch => ({ kind: 'json-patch', value });
const merge = (value: Json): Patch => ({ kind: 'merge-patch', value });
const carry = (op: 'copy' | 'move', from: string, path: string): Json => ({ op, from, path });
const note: Json = { op: 'replace', path: '/body/note', value: 'x' };

/** What an operator sees of patches, one after the other, and of the operation that they leave. */
function seenOf(entry: LedgerEntry, patches: readonly Patch[]): unknown {
  const [patch, ...others] = patches;
  if (!patch) return [];
  const { edited = 0, edits = [] } = entry;
  try {
    const { failure, fields, difference, text } = editOperation(entry, patch, OPTIONS);
    const next = { ...entry, failure, edited: edited + 1, edits: [...edits, text] };
    const shown = maskedOperation(failure.operation, OPTIONS.sensitive, next.edits);
    return [{ fields, difference, shown }, seenOf(next, others)];
  } catch (error) {
    if (error instanceof EditError) return [error.message, seenOf(entry, others)];
    throw error;
  }
}

describe('what an edit shows', () => {
  it.each<readonly [string, Patch]>([
    ['a copy to a harmless name', steps(carry('copy', '/body/password', '/body/note'))],
    ['a number', steps(carry('copy', '/body/pin', '/body/amount'))],
    ['a move', steps(carry('move', '/body/password', '/body/x'))],
    ['two moves', steps(carry('move', '/body/password', '/body/x'), carry('move', '/body/x', '/body/y'))],
    ['an object with a masked part', steps(carry('copy', '/body/card', '/body/x'))],
    ['a part of a masked object', steps(carry('copy', '/body/address/zip', '/body/note'))],
    ['an element of an array', steps(carry('copy', '/body/lines/0/pin', '/body/lines/-'))],
    ['the earlier version', steps(carry('copy', '/base/password', '/body/note'))],
    ['a header', steps(carry('copy', '/headers/x-session', '/headers/accept'))],
    ['a query', steps(carry('copy', '/query/session', '/query/page'))],
    ['a segment of the path', merge({ path: '/orders' })],
    ['a field of the earlier version', merge({ base: { card: { holder: 'x' } } })],
    ['another part of the operation', steps(carry('copy', '/query/session', '/body/note'))],
    ['the path', steps(carry('copy', '/path', '/body/note'))],
    ['the whole', steps(carry('copy', '', '/body/note'))],
  ])('never contains a masked value: %s', (_, patch) => {
    const seen = JSON.stringify(seenOf(deadWith(ONE), [patch]));
    expect(seen).not.toMatch(/hunter2|1234/);
  });

  it('still copies a masked value within its part, and says where', () => {
    const entry = deadWith(ONE);
    const patch = steps(carry('copy', '/body/password', '/body/note'));
    const { failure, fields, difference } = editOperation(entry, patch, OPTIONS);
    expect(failure.operation.body).toContain('"note":"hunter2"');
    expect(fields).toEqual(['/body/note', '/headers/idempotency-key']);
    expect(difference).toContainEqual({ path: '/body/note', theirs: 'hello', ours: '***' });
    const revealed = editOperation(entry, patch, { ...OPTIONS, isRevealed: true });
    expect(revealed.difference).toContainEqual({ path: '/body/note', theirs: 'hello', ours: 'hunter2' });
  });

  it('masks a copy after its source is gone, and in the next edit', () => {
    const copy = steps(carry('copy', '/body/password', '/body/note'));
    const remove = steps({ op: 'remove', path: '/body/password' });
    const onward = steps(carry('move', '/body/note', '/body/other'));
    const seen = JSON.stringify(seenOf(deadWith(ONE), [copy, remove, onward, merge({ body: { other: 'x' } })]));
    expect(seen).toContain('"other":"***"');
    expect(seen).not.toContain('hunter2');
  });

  it.each<readonly [string, (guess: Secrets) => Patch, string]>([
    ['a test', ({ pin }) => steps({ op: 'test', path: '/body/pin', value: pin }, note), "can't test /body/pin"],
    [
      'a test of an object',
      ({ text }) => steps({ op: 'test', path: '/body/card', value: { holder: text, network: 'visa' } }, note),
      "can't test /body/card",
    ],
    [
      'a test of a copy',
      ({ pin }) => steps(carry('copy', '/body/pin', '/body/x'), { op: 'test', path: '/body/x', value: pin }),
      "can't test /body/x",
    ],
    ['the same value', ({ pin }) => merge({ body: { pin } }), '/body/pin'],
    ['the same path', ({ text }) => merge({ path: `/tokens/${text}/orders` }), '/path'],
    ['a copy over a copy', () => steps(carry('copy', '/body/pin', '/body/address/zip')), '/body/address'],
  ])('answers no guess: %s', (_, patchOf, said) => {
    const [right, wrong] = [ONE, { text: 'letmein', pin: 9_999 }].map((guess) =>
      JSON.stringify(seenOf(deadWith(ONE), [patchOf(guess)])),
    );
    expect(right).toBe(wrong);
    expect(right).toContain(said);
  });

  it('answers no guess by the rule for what may have taken effect', () => {
    const uncertain = deadWith(ONE, { possibleEffect: true });
    const seen = ['hunter2', 'letmein'].map((guess) =>
      seenOf(uncertain, [merge({ path: `/tokens/${guess}/orders`, body: { note: 'x' } })]),
    );
    expect(seen[0]).toEqual(seen[1]);
  });

  it('is the same for operations that differ in masked values only, for any patches', () => {
    const secrets = fc.record({ text: fc.stringMatching(/^[a-z]{7}$/), pin: fc.integer({ min: 1_000, max: 9_999 }) });
    fc.assert(
      fc.property(secrets, secrets, fc.nat(), (one, other, seed) => {
        const [patches = []] = fc.sample(patchesWith(one), { numRuns: 1, seed });
        expect(seenOf(deadWith(one), patches)).toEqual(seenOf(deadWith(other), patches));
      }),
      { numRuns: 100 },
    );
  });
});

const POINTERS = [
  ['', '/method', '/path', '/query', '/query/session', '/query/page', '/headers', '/headers/x-session'],
  ['/headers/accept', '/headers/idempotency-key', '/body', '/body/password', '/body/pin', '/body/card', '/base'],
  ['/body/card/holder', '/body/address', '/body/address/zip', '/body/note', '/body/amount', '/body/x', '/base/pin'],
  ['/body/lines', '/body/lines/0', '/body/lines/0/pin', '/body/lines/-', '/body/x/pin', '/base/card/holder'],
].flat();

/** One to four patches, which may guess. */
function patchesWith({ text, pin }: Secrets): fc.Arbitrary<readonly Patch[]> {
  const pointer = fc.constantFrom(...POINTERS);
  const value = fc.constantFrom<Json[]>(text, pin, String(pin), 'x', 42, null, { pin }, [text], { holder: text });
  const step: fc.Arbitrary<Json> = fc.oneof(
    fc.record({ op: fc.constantFrom('add', 'replace', 'test'), path: pointer, value }),
    fc.record({ op: fc.constant('remove'), path: pointer }),
    fc.record({ op: fc.constantFrom('copy', 'move'), from: pointer, path: pointer }),
  );
  const fields = fc.dictionary(fc.constantFrom('password', 'pin', 'note', 'card', 'address'), value);
  const merged = fc.record<Record<string, Json>>(
    { body: fields, base: fields, query: fields, path: fc.constantFrom('/a', `/tokens/${text}/orders`) },
    { requiredKeys: [] },
  );
  const patch = fc.oneof(
    fc.array(step, { minLength: 1, maxLength: 3 }).map((each) => steps(...each)),
    merged.map(merge),
  );
  return fc.array(patch, { minLength: 1, maxLength: 4 });
}
