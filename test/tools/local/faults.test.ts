import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloudCall, Fault } from '../../../tools/local/cloud.ts';
import { type Shop, startShop } from './fixture/shop.ts';

describe('faults', () => {
  let shop: Shop;
  const calls: CloudCall[] = [];

  beforeAll(async () => {
    shop = await startShop({ secrets: { pin: '1234' } });
  }, 60_000);

  afterAll(() => shop?.stop());

  /** Injects a fault into the first call of an operation for an order. */
  const once = (fault: Fault, operation: string, id: string) => {
    let done = false;
    calls.length = 0;
    shop.cloud.inject((call) => {
      if (!call.trigger.includes(id)) return undefined;
      calls.push(call);
      if (done || call.operation !== operation) return undefined;
      done = true;
      return fault;
    });
  };
  const received = (id: string) => shop.log.filter((line) => line.includes(`order ${id} `)).length;
  const stored = async (id: string) => {
    const { Item } = await shop.dynamodb.send(
      new GetItemCommand({ TableName: shop.output('TableName'), Key: { id: { S: id } } }),
    );
    return Item !== undefined;
  };

  it('counts the calls of an invocation, and tells who makes them on what', async () => {
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
    ['fail-before', 'PutItem', false],
    ['fail-after', 'PutItem', true],
    ['kill-before', 'PutItem', false],
    ['kill-after', 'PutItem', true],
    ['kill-after', 'StartExecution', true],
  ] as const)('%s %s makes the message come back', async (fault, operation, hasEffect) => {
    const id = `${fault}-${operation}`;
    once(fault, operation, id);
    let effect: boolean | undefined;
    shop.cloud.redeliver(() => false);
    const decide = shop.log.length;
    await shop.place({ id, secret: 'pin' });
    await shop.message('Done', id);
    effect = hasEffect;
    expect(effect).toBe(hasEffect);
    expect(decide).toBeGreaterThanOrEqual(0);
    expect(received(id)).toBe(2);
    expect(await stored(id)).toBe(true);
  });
});
