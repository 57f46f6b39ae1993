import { describe, expect, it } from 'vitest';
import { BodyClaimError } from '../../../../lambdas/contract/body-claim.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import { revealedOperation } from '../../../../lambdas/use-cases/operator/revealed-operation.ts';
import { json } from '../../../support/json.ts';

const CLAIM = { key: 'bodies/orders/-/0123456789abcdef', sha256: '0a'.repeat(32), bytes: 1_048_576 };
const ORDER = { method: 'PUT', path: '/orders/1' } as const;
const inBucket = (body: HttpOperation['body']) => ({ claimBody: async () => ({ ...ORDER, body }) });
const failing = (error: Error) => ({ claimBody: () => Promise.reject(error) });

describe('a revealed operation', () => {
  it.each([
    ['JSON', json({ token: 'tok_42' }), { token: 'tok_42' }],
    // A parser would round the number.
    ['text that only a text can hold', '{"n":1.00000000000000000001,"n":1}', '{"n":1.00000000000000000001,"n":1}'],
  ])('has the body that it claims: %s', async (_, text, body) => {
    const shown = await revealedOperation({ ...ORDER, bodyClaim: CLAIM }, inBucket(text as HttpOperation['body']));
    expect(shown).toEqual({ operation: { ...ORDER, body, bodyClaim: CLAIM } });
  });

  it('says why it lacks that body', async () => {
    const { unshownBody, operation } = await revealedOperation(
      { ...ORDER, bodyClaim: CLAIM },
      failing(new BodyClaimError('the body is not in the bucket')),
    );
    expect([operation, unshownBody]).toEqual([{ ...ORDER, bodyClaim: CLAIM }, 'the body is not in the bucket']);
    const large = { ...CLAIM, bytes: CLAIM.bytes + 1 };
    expect(await revealedOperation({ ...ORDER, bodyClaim: large }, failing(new Error('asked')))).toEqual({
      operation: { ...ORDER, bodyClaim: large },
      unshownBody: 'the body in the bucket has 1048577 bytes; Backstop shows at most 1048576',
    });
  });

  it('is not shown without it, if the bucket fails, since another try shows all', async () => {
    const down = new Error('SlowDown');
    await expect(revealedOperation({ ...ORDER, bodyClaim: CLAIM }, failing(down))).rejects.toBe(down);
  });

  it('reads no bucket without a claim', async () => {
    const body = json('x');
    expect(await revealedOperation({ ...ORDER, body }, failing(new Error('asked')))).toEqual({
      operation: { ...ORDER, body: 'x' },
    });
  });
});
