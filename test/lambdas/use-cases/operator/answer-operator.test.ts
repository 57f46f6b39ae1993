import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditRecords } from '../../../../lambdas/adapters/operator/audit-log.ts';
import { OPERATOR_ROUTES } from '../../../../lambdas/contract/operator-routes.ts';
import type { Ledger } from '../../../../lambdas/use-cases/ledger/ledger.ts';
import { answerOperator } from '../../../../lambdas/use-cases/operator/answer-operator.ts';
import { ADA, deskPorts } from '../../../support/desk.ts';
import { json } from '../../../support/json.ts';
import { sampleEntry, sampleFailure } from '../../../support/samples.ts';
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
const ROUTE = { routeKey: 'POST /' };
const answer = (event: object) => answerOperator({ ...ROUTE, ...event }, deskPorts({ tables }));
const records = () => auditRecords({ client: tables.client, table: tables.audit }, { since: 0, limit: 100 });

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
      answerOperator({ ...ROUTE, requestContext: IAM, body: JSON.stringify({ ...CALL, request: THIRD }) }, ports);
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
    const request = () => answerOperator({ ...ROUTE, requestContext: IAM, body }, ports);
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

  const on = (routeKey: string, operation: string, args: object, request?: string) =>
    answer({ routeKey, requestContext: IAM, body: JSON.stringify({ operation, args, request }) });
  const FAILURE = { failure: { id: 'o-1', dependency: 'orders' } };
  const REVEAL = { ...FAILURE, why: 'w' };
  const SECRET = 'tok_4242424242424242';

  async function stored(): Promise<void> {
    const operation = { method: 'PUT', path: '/orders/1', body: json({ token: SECRET, total: 5 }) } as const;
    const undo = [{ name: 'reserve', dependency: 'stock', operation }];
    const failure = sampleFailure({ id: 'o-1', dependency: 'orders', operation, undo });
    const { ledger } = deskPorts({ tables });
    await (ledger as Ledger).claim(sampleEntry({ id: 'o-1', dependency: 'orders', failure }));
  }

  it.each([
    ['POST /view', 'reveal', REVEAL],
    ['POST /', 'reveal', REVEAL],
    ['POST /reveal', 'view', FAILURE],
    ['POST /', 'view', FAILURE],
    ['POST /view', 'turn-lane', CALL.args],
    ['POST /reveal', 'turn-lane', CALL.args],
    ['POST /', 'check', { route: 'reveal' }],
  ])(
    'takes an operation on its own route only, because AWS allows routes: not %s %s',
    async (route, operation, args) => {
      const before = (await records()).length;
      expect(await on(route, operation, args)).toMatchObject({ statusCode: 403 });
      expect(await records()).toHaveLength(before);
    },
  );

  it.each(['act', 'view', 'reveal'] as const)('says on the route %s who calls, and does nothing', async (route) => {
    const before = (await records()).length;
    expect(await on(OPERATOR_ROUTES[route], 'check', { route })).toMatchObject({
      statusCode: 200,
      body: '{"by":"ada"}',
    });
    expect(await records()).toHaveLength(before);
  });

  it('shows an operation masked without a record, and reveals it with one, which keeps no value', async () => {
    await stored();
    const before = (await records()).length;
    const { body: masked } = await on('POST /view', 'view', FAILURE);
    expect(JSON.parse(masked).operation.body).toEqual({ token: '***', total: 5 });
    expect(await records()).toHaveLength(before);
    const { body: revealed } = await on('POST /reveal', 'reveal', REVEAL);
    const { operation: whole, undos } = JSON.parse(revealed);
    for (const each of [whole, undos[0].operation]) expect(each.body).toEqual({ token: SECRET, total: 5 });
    const [record] = await records();
    expect(record).toMatchObject({ action: 'reveal', failureId: 'o-1', by: 'ada', why: 'w', end: { result: 'done' } });
    expect(JSON.stringify(record)).not.toContain(SECRET);
  });

  it('shows what a fallback has answered masked, and reveals it', async () => {
    const { ledger } = deskPorts({ tables });
    const body = `{"token":"${SECRET}"}`;
    const answer = {
      fallback: 'last-good',
      statusCode: 200,
      headers: { 'retry-after': '27' },
      body,
      at: '2026-03-01T12:00:00Z',
    } as const;
    const named = { failure: { id: 'o-3', dependency: 'orders' } };
    await (ledger as Ledger).claim(sampleEntry({ ...named.failure, outcome: 'degraded', state: 'settled', answer }));
    const { body: masked } = await on('POST /view', 'view', named);
    expect(JSON.parse(masked).answer).toEqual({ ...answer, body: { token: '***' } });
    expect(masked).not.toContain(SECRET);
    const { body: revealed } = await on('POST /reveal', 'reveal', { ...REVEAL, ...named });
    expect(JSON.parse(revealed)).toMatchObject({ by: 'ada', answer });
    expect(JSON.stringify(await records())).not.toContain(SECRET);
  });

  it('keeps no result of a look, so a repetition is a look of its own', async () => {
    const before = (await records()).length;
    for (let n = 0; n < 2; n++) await on('POST /reveal', 'reveal', REVEAL, '7d444840-9dc0-41d1-b245-5ffdce74fad9');
    expect(await records()).toHaveLength(before + 2);
    const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.effects }));
    expect(JSON.stringify(Items)).not.toContain(SECRET);
  });

  it('reveals nothing without a record', async () => {
    const begin = () => Promise.reject(new Error('unreachable'));
    const ports = deskPorts({ tables, ports: { audit: { begin, end: begin, running: begin } } });
    const event = { routeKey: 'POST /reveal', requestContext: IAM };
    const body = JSON.stringify({ operation: 'reveal', args: REVEAL });
    await expect(answerOperator({ ...event, body }, ports)).rejects.toThrow('unreachable');
  });

  it('shows what a patch would change, masked, and writes nothing', async () => {
    const patch = { kind: 'merge-patch', text: '{"body":{"total":6,"token":"tok_4343434343434343"}}' };
    const { ledger } = deskPorts({ tables });
    const entry = { id: 'o-2', dependency: 'orders' };
    const over = { state: 'settled', outcome: 'dead-lettered', reason: 'permanent' } as const;
    const operation = { method: 'PUT', path: '/orders/1', body: json({ token: SECRET, total: 5 }) } as const;
    const failure = sampleFailure({ ...entry, operation });
    await (ledger as Ledger).claim(sampleEntry({ ...entry, failure, ...over }));
    const { body } = await on('POST /view', 'view', { failure: entry, patch });
    expect(JSON.parse(body).edit.difference).toContainEqual({ path: '/body/total', theirs: 5, ours: 6 });
    expect(body).not.toMatch(/tok_4[23]/);
    const { body: refused } = await on('POST /view', 'view', {
      failure: entry,
      patch: { ...patch, text: '{"dependency":"x"}' },
    });
    expect(JSON.parse(refused).error.name).toBe('EditError');
  });
});
