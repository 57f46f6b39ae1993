import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_SIGNATURE_LENGTH, signature } from '../../../../lambdas/domain/operator/act.ts';
import { MAX_IDS, OPERATIONS, parseOperatorCall } from '../../../../lambdas/domain/operator/operator-call.ts';

const FAILURE = { id: 'order-1', dependency: 'payments', tenant: 'acme' };
const VALID: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'force-circuit': { circuit: 'payments/acme', to: 'open', forMs: 60_000, why: 'w', name: 'n' },
  'release-circuit': { circuit: 'payments', why: 'w' },
  'turn-lane': { lane: 'payments', paused: true, why: 'w' },
  acknowledge: { why: 'w' },
  decide: { failure: FAILURE, question: '1.1', choice: 'merged', body: '{}', why: 'w' },
  edit: { failure: FAILURE, cycle: 1, number: 1, patch: { kind: 'json-patch', text: '[]' }, why: 'w' },
  view: { failure: { id: 'order-1', dependency: 'payments' } },
  reveal: { failure: { id: 'order-1', dependency: 'payments' }, why: 'w', name: 'n' },
  check: { route: 'view' },
  send: { detail: '{}' },
  begin: { action: 'redrive', why: 'w', dependency: 'payments', facts: { letters: 3, filter: '{}' } },
  discard: { act: 'a', failure: FAILURE, cycle: 1 },
  'allow-cycle': { act: 'a', failure: FAILURE, cycle: 1 },
  'claim-run': { lane: 'payments', run: 'r' },
  'release-run': { lane: 'payments', run: 'r' },
  'begin-run': { lane: 'payments', run: 'r', act: 'a', filter: { ids: ['x'] }, rate: 5, startedAt: 1, moved: 0 },
  'renew-run': { lane: 'payments', run: 'r', moved: 4 },
  'end-run': { lane: 'payments', run: 'r', state: 'done', moved: 4 },
  end: { act: 'a', result: 'done', facts: { moved: 4 } },
};
const parsed = (operation: unknown, args: unknown) => () => parseOperatorCall({ operation, args });

describe('an operation of an operator', () => {
  it('is one of those that are known, with its arguments', () => {
    expect(Object.keys(VALID)).toEqual(OPERATIONS);
    for (const [operation, args] of Object.entries(VALID))
      expect(parsed(operation, args)()).toEqual({ operation, args });
  });

  it.each(['settle', 'claim', 'reopen', 'constructor', '__proto__', 'toString', '', 1, null, undefined])(
    'is not %s',
    (operation) => expect(parsed(operation, {})).toThrow(),
  );

  it('has no argument that nobody reads, least of all a principal', () => {
    for (const [operation, args] of Object.entries(VALID))
      for (const extra of ['principal', 'by', 'userArn', 'at'])
        expect(parsed(operation, { ...args, [extra]: 'arn:aws:iam::123456789012:root' })).toThrow();
  });

  it('has every argument that is not optional, each in its range', () => {
    const optional = new Set(['name', 'dependency', 'failureId', 'facts', 'body', 'moved', 'message']);
    for (const [operation, args] of Object.entries(VALID))
      for (const name of Object.keys(args)) {
        const { [name]: _, ...rest } = args;
        if (!optional.has(name)) expect(parsed(operation, rest), `${operation} without ${name}`).toThrow();
        for (const wrong of [null, '', ' ', -1, Number.NaN, 'x'.repeat(300_000), [], () => 0])
          expect(parsed(operation, { ...args, [name]: wrong }), `${operation} with ${name} ${wrong}`).toThrow();
      }
  });

  it('has room for a filter that names the most failures, and stays below the size of an item', () => {
    const filter = JSON.stringify({ ids: Array.from({ length: MAX_IDS }, () => 'x'.repeat(64)) });
    const begin = (facts: object) => parsed('begin', { ...VALID.begin, facts });
    expect(begin({ letters: 1, filter })).not.toThrow();
    expect(begin({ filter, more: filter })).toThrow('must be shorter');
  });

  it('is rejected by an error, whatever else comes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...OPERATIONS), (value, operation) => {
        for (const call of [value, { operation, args: value }]) {
          expect([undefined, 'ValiError']).toContain(nameOfError(() => parseOperatorCall(call)));
        }
      }),
      { numRuns: 300 },
    );
  });
});

function nameOfError(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as Error).name;
  }
}

describe('a signature', () => {
  it.each([
    ['arn:aws:iam::123456789012:user/ada', undefined, 'ada'],
    ['arn:aws:iam::123456789012:user/team/ada', undefined, 'ada'],
    ['arn:aws-cn:sts::123456789012:assumed-role/Operators/alice@example.com', undefined, 'alice@example.com'],
    ['arn:aws:sts::123456789012:federated-user/bob', 'Bob', 'bob as Bob'],
    ['arn:aws:iam::123456789012:root', 'ada', 'root as ada'],
    ['arn:aws:iam::123456789012:user/ada', 'ada', 'ada'],
    ['', 'ada', 'unknown as ada'],
  ])('of %s, who says %s, is %s', (principal, name, text) => {
    expect(signature({ principal, name })).toBe(text);
  });

  it('begins with the name that AWS knows, and has a limit', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\w+=,.@-]{1,64}$/),
        fc.string({ minLength: 1, maxLength: 100 }),
        (user, name) => {
          const text = signature({ principal: `arn:aws:iam::123456789012:user/${user}`, name });
          expect(text.startsWith(user)).toBe(true);
          expect(text.length).toBeLessThanOrEqual(MAX_SIGNATURE_LENGTH);
        },
      ),
      { numRuns: 100 },
    );
  });
});
