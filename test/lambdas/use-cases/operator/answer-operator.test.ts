import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditRecords } from '../../../../lambdas/adapters/operator/audit-log.ts';
import { answerOperator } from '../../../../lambdas/use-cases/operator/answer-operator.ts';
import { ADA, deskPorts } from '../../../support/desk.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const IAM = { authorizer: { iam: { userArn: ADA } } };
const [ONE, OTHER, THIRD, FOURTH] = [1, 2, 3, 4].map((n) => `7d444840-9dc0-41d1-b245-5ffdce74fad${n}`) as [
  string,
  string,
  string,
  string,
];
const CALL = { operation: 'turn-lane', args: { lane: 'payments', paused: true, why: 'w' } };
const answer = (event: object) => answerOperator(event, deskPorts({ tables }));
const records = () => auditRecords({ client: tables.client, table: tables.audit }, { since: 0, limit: 10 });

describe('the operator function', () => {
  it.each([
    ['no authorizer', {}],
    ['an authorizer of another kind', { authorizer: { jwt: { claims: { sub: ADA } } } }],
    ['an empty ARN', { authorizer: { iam: {} } }],
  ])('does nothing for a caller with %s', async (_, requestContext) => {
    const event = { requestContext, headers: { 'x-user-arn': ADA }, body: JSON.stringify({ ...CALL, ...IAM }) };
    const refused = await answer(event).catch((error: Error) => error);
    expect(refused).toMatchObject(refused instanceof Error ? { name: 'ValiError' } : { statusCode: 403 });
    expect(await records()).toEqual([]);
  });

  it.each([
    ['no body', ''],
    ['no JSON', '{'],
    ['no operation', '[]'],
    ['an operation of the workers', JSON.stringify({ operation: 'settle', args: {} })],
    ['a principal of its own', JSON.stringify({ ...CALL, args: { ...CALL.args, principal: 'arn:root' } })],
  ])('answers 400 to %s, and quotes no value', async (_, body) => {
    const { statusCode, body: text } = await answer({ requestContext: IAM, body });
    expect(statusCode).toBe(400);
    expect(text).not.toContain('arn:root');
    expect(await records()).toEqual([]);
  });

  it('does what a signed request asks for, in either encoding', async () => {
    const body = JSON.stringify(CALL);
    expect(await answer({ requestContext: IAM, body })).toMatchObject({ statusCode: 200, body: '{"by":"ada"}' });
    const base64 = Buffer.from(body).toString('base64');
    expect(await answer({ requestContext: IAM, body: base64, isBase64Encoded: true })).toMatchObject({
      statusCode: 200,
    });
    expect(await records()).toHaveLength(2);
  });

  it('does a repeated request once, and gives its result again', async () => {
    const before = (await records()).length;
    const request = (id: string, body: object) =>
      answer({ requestContext: IAM, body: JSON.stringify({ ...body, request: id }) });
    const [first, again] = [await request(ONE, CALL), await request(ONE, CALL)];
    expect(again).toEqual(first);
    expect(await records()).toHaveLength(before + 1);
    await request(OTHER, CALL);
    await request(ONE, { ...CALL, args: { ...CALL.args, paused: false } });
    expect(await records()).toHaveLength(before + 3);
  });

  it('does a request again if it failed', async () => {
    const before = (await records()).length;
    let left = 1;
    const ports = deskPorts({
      tables,
      ports: {
        turnLane: async () => {
          if (left-- > 0) throw new Error('unreachable');
        },
      },
    });
    const request = () =>
      answerOperator({ requestContext: IAM, body: JSON.stringify({ ...CALL, request: THIRD }) }, ports);
    await expect(request()).rejects.toThrow('unreachable');
    expect(await request()).toMatchObject({ statusCode: 200 });
    expect(await records()).toHaveLength(before + 2);
  });

  it('asks to wait if the same request is in progress', async () => {
    const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const turnLane = async () => {
      begun.resolve();
      await gate.promise;
    };
    const ports = deskPorts({ tables, ports: { turnLane } });
    const body = JSON.stringify({ ...CALL, request: FOURTH });
    const request = () => answerOperator({ requestContext: IAM, body }, ports);
    const first = request();
    await begun.promise;
    expect(await request()).toMatchObject({ statusCode: 503 });
    gate.resolve();
    expect(await first).toMatchObject({ statusCode: 200 });
  });

  it('answers 409 with the reason if the action is not possible', async () => {
    const call = {
      operation: 'discard',
      args: { act: 'made up', failure: { id: 'x', dependency: 'payments' }, cycle: 1 },
    };
    const { statusCode, body } = await answer({ requestContext: IAM, body: JSON.stringify(call) });
    expect([statusCode, JSON.parse(body).error.name]).toEqual([409, 'RefusedError']);
  });
});
