import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { startGateway } from '../../../tools/local/gateway.ts';
import { VirtualClock } from '../../../tools/local/virtual-clock.ts';

/** A gateway whose only caller is an instance of a function, and a client with the instance's credentials. */
async function gatewayFor(isAlive: boolean) {
  const served: string[] = [];
  const service = async (operation: string) => {
    served.push(operation);
    return { status: 200, contentType: 'application/x-amz-json-1.0', body: '{}' };
  };
  const caller = {
    functionId: 'worker',
    role: undefined,
    trigger: '{}',
    calls: new Map(),
    isAlive,
    kill: () => undefined,
  };
  const gateway = await startGateway({
    services: { dynamodb: service },
    callers: new Map([['instance', caller]]),
    hooks: { decide: () => undefined, redeliver: () => false },
    addresses: {},
  });
  const client = new DynamoDBClient({
    endpoint: gateway.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'instance', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await gateway.stop();
  });
  const read = () => client.send(new GetItemCommand({ TableName: 'ledger', Key: { id: { S: 'a' } } }));
  return { read, served, endpoint: gateway.endpoint };
}

it('serves the calls of an instance that is alive', async () => {
  const { read, served } = await gatewayFor(true);
  await expect(read()).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } });
  expect(served).toEqual(['GetItem']);
});

it('drops the calls of a killed instance, such as one that was on its way when it died', async () => {
  const { read, served } = await gatewayFor(false);
  await expect(read()).rejects.toThrow();
  expect(served).toEqual([]);
});

it('answers with the time of its own clock, although the server of Node keeps a time for a second', async () => {
  const clock = new VirtualClock();
  onTestFinished(() => clock.uninstall());
  const { endpoint } = await clock.run(gatewayFor(true));
  await clock.run(fetch(endpoint));
  await clock.sleep(600_000);
  const { headers } = await clock.run(fetch(endpoint));
  expect(Date.parse(headers.get('date') ?? '')).toBe(Math.floor(Date.now() / 1_000) * 1_000);
});
