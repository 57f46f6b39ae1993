import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CloudCall, Fault } from '../../../tools/local/cloud.ts';
import { type Shop, startShop } from './fixture/shop.ts';

describe('faults', () => {
  let shop: Shop;
  let calls: CloudCall[] = [];

  beforeAll(async () => {
    shop = await startShop({ secrets: { pin: '1234' } });
  });

  beforeEach(() => {
    calls = [];
  });

  afterAll(() => shop?.stop());

  /** Injects a fault into the first call of an operation for an order. */
  const once = (fault: Fault, operation: string, id: string) => {
    shop.cloud.inject((call) => {
      if (!call.trigger.includes(id)) return undefined;
      const isFirst = call.operation === operation && calls.every((each) => each.operation !== operation);
      calls.push(call);
      return isFirst ? fault : undefined;
    });
  };

  const logOf = (id: string) => shop.log.filter((line) => line.includes(`order ${id} `));

  const read = async (id: string) => {
    const request = new GetItemCommand({ TableName: shop.output('TableName'), Key: { id: { S: id } } });
    return (await shop.dynamodb.send(request)).Item;
  };

  it('are decided for each call, knowing who makes it on what', async () => {
    once('fail-before', 'none', 'c-1');
    await shop.place({ id: 'c-1', secret: 'pin' });
    await shop.message('Done', 'c-1');
    expect(calls.map(({ caller, service, operation, nth }) => [caller.slice(0, 6), service, operation, nth])).toEqual(
      expect.arrayContaining([
        ['intake', 'dynamodb', 'PutItem', 1],
        ['intake', 'states', 'StartExecution', 2],
        ['announ', 'events', 'PutEvents', 1],
        ['Machin', 'sqs', 'SendMessage', 1],
      ]),
    );
    expect(JSON.parse(calls[0]?.trigger ?? '').Records[0].eventSource).toBe('aws:sqs');
  });

  it.each([
    { fault: 'fail-before', storedBy: '2' },
    { fault: 'fail-after', storedBy: '1' },
    { fault: 'kill-before', storedBy: '2' },
    { fault: 'kill-after', storedBy: '1' },
  ] as const)(
    '$fault fails the invocation, with the effect of the call where it came after',
    async ({ fault, storedBy }) => {
      once(fault, 'PutItem', fault);
      await shop.place({ id: fault, secret: 'pin' });
      await shop.message('Done', fault);
      const received = [`order ${fault} received 1`, `order ${fault} received 2`];
      await shop.clock.until(() => expect(logOf(fault)).toEqual(expect.arrayContaining(received)));
      expect((await read(fault))?.received?.S).toBe(storedBy);
    },
  );

  it('meets all SDK retries of one call, which count as one', async () => {
    once('fail-before', 'PutItem', 'n-1');
    await shop.place({ id: 'n-1', secret: 'pin' });
    await shop.message('Done', 'n-1');
    const puts = calls.filter(({ operation }) => operation === 'PutItem');
    expect(puts.map(({ nth }) => nth)).toEqual([1, 1]);
  });

  it('hands out the item that failed a condition', async () => {
    once('fail-after', 'StartExecution', 'i-1');
    await shop.place({ id: 'i-1', secret: 'pin' });
    await shop.clock.until(() => expect(logOf('i-1')).toContain('order i-1 was stored by receive 1'));
  });

  it('leaves one execution where its starter crashed after starting it', async () => {
    once('kill-after', 'StartExecution', 'k-1');
    await shop.place({ id: 'k-1', secret: 'pin' });
    await shop.clock.until(() => expect(logOf('k-1')).toContain('order k-1 received 2'));
    expect(shop.cloud.executions.filter(({ name }) => name === 'k-1')).toHaveLength(1);
  });

  it('fails the task of a machine whose call is faulted', async () => {
    once('kill-before', 'SendMessage', 'm-1');
    await shop.place({ id: 'm-1', secret: 'pin' });
    const { Body = '' } = await shop.message('Endings', 'm-1');
    expect(JSON.parse(Body).detail).toMatchObject({ status: 'FAILED', error: 'SQS.InternalFailure' });
  });

  it('never meet the calls of a test', async () => {
    shop.cloud.inject(() => 'fail-before');
    await expect(read('anything')).resolves.toBeUndefined();
  });

  it('deliver an event a second time on demand', async () => {
    shop.cloud.inject(() => undefined);
    shop.cloud.redeliver(({ functionId, event }) => functionId.startsWith('intake') && event.includes('r-1'));
    await shop.place({ id: 'r-1', secret: 'pin' });
    const twice = ['order r-1 received 1', 'order r-1 received 1', 'order r-1 was stored by receive 1'];
    await shop.clock.until(() => expect(logOf('r-1')).toEqual(twice));
  });
});
