import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { dependencyCaller } from '../../../../lambdas/adapters/boundary/dependency-caller.ts';
import { refusePending } from '../../../../lambdas/use-cases/call.ts';
import { ALWAYS } from '../../../support/departures.ts';
import { awsSettings, sampleEntry, sampleSettings } from '../../../support/samples.ts';

let vault: Server;
let asked = 0;
beforeAll(async () => {
  // Never answers. Each request moves the fake clock to its timeout, and its end moves it over the pause.
  vault = createServer((request) => {
    asked++;
    void vi.advanceTimersByTimeAsync(1_000);
    request.on('close', () => {
      if (vi.isFakeTimers()) void vi.advanceTimersByTimeAsync(100);
    });
  });
  await new Promise<void>((resolve) => vault.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  vault.closeAllConnections();
  vault.close();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

it('waits for a credential no longer than the lease of the call allows', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', `http://127.0.0.1:${(vault.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const settings = sampleSettings({ timeoutMs: 600_000, auth: { scheme: 'bearer', secretName: 'payments/token' } });
  const call = dependencyCaller()({ method: 'GET', path: '/orders/1' }, settings, sampleEntry(), ALWAYS);
  await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(asked).toBe(2);
});

it("never waits for an execution if the function can't wait", async () => {
  const pending = { kind: 'pending', forMs: 1, awaited: { execution: 'x', redrives: 1 } } as const;
  const call = refusePending(async () => pending);
  const operation = { method: 'POST', path: '/executions/x/redrive' } as const;
  await expect(call(operation, awsSettings('state-machine'), sampleEntry(), ALWAYS)).rejects.toThrow(
    'waiting for an execution is not possible',
  );
});
