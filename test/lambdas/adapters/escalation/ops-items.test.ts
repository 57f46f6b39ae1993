import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { GetOpsItemCommand, GetOpsSummaryCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { opsItems } from '../../../../lambdas/adapters/escalation/ops-items.ts';
import { opsItemsService } from '../../../../tools/local/ops-items.ts';
import { sampleNotification, sampleWhere } from '../../domain/escalation/samples.ts';

let server: Server;
let ssm: SSMClient;
beforeEach(async () => {
  const service = opsItemsService();
  server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    const { status, body } = await service(operation, await text(request));
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ssm = new SSMClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
});
afterEach(async () => {
  ssm.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function channel({ forgetful = false } = {}) {
  const known = new Map<string, string>();
  let isForgetful = forgetful;
  return opsItems({
    ssm,
    ...sampleWhere,
    tickets: {
      get: async (key) => known.get(key),
      put: async (key, id) => {
        if (isForgetful) {
          isForgetful = false;
          throw new Error('cut off');
        }
        known.set(key, id);
      },
    },
  });
}

const tickets = async () => (await ssm.send(new GetOpsSummaryCommand())).Entities?.map(({ Id }) => Id);
const statusOf = async (OpsItemId: string) => (await ssm.send(new GetOpsItemCommand({ OpsItemId }))).OpsItem?.Status;

it('an incident has one ticket, which is resolved with it', async () => {
  const { notify } = channel();
  await notify(sampleNotification('trigger'));
  expect(await statusOf('oi-000000000001')).toBe('Open');
  await notify(sampleNotification('resolve'));
  expect(await statusOf('oi-000000000001')).toBe('Resolved');
});

it('a ticket with a lost id is found again, not created twice', async () => {
  const { notify } = channel({ forgetful: true });
  await expect(notify(sampleNotification('trigger'))).rejects.toThrow('cut off');
  await notify(sampleNotification('trigger'));
  await notify(sampleNotification('resolve'));
  expect(await tickets()).toEqual(['oi-000000000001']);
  expect(await statusOf('oi-000000000001')).toBe('Resolved');
});

it('the next time of a cause has a ticket of its own', async () => {
  const { notify } = channel();
  await notify(sampleNotification('trigger'));
  await notify(sampleNotification('trigger', { number: 4 }));
  expect(await tickets()).toHaveLength(2);
});
