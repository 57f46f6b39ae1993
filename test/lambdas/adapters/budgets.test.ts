import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import * as budgets from '../../../lambdas/adapters/budgets.ts';
import { DYNAMODB, longestMs, SECRETS, within } from '../../../lambdas/adapters/budgets.ts';
import { endsWithin, leaseOf } from '../../../lambdas/contract/lease.ts';
import { RESOLVER_MS } from '../../../lambdas/contract/limits.ts';

const LAMBDAS = join(import.meta.dirname, '../../../lambdas');
/** Their calls go to dependencies, have time limits of their own, and must not be repeated by the SDK. */
const CALLERS = ['adapters/boundary/aws-caller.ts', 'adapters/conflict/resolver.ts'];

const clients = readdirSync(LAMBDAS, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !CALLERS.includes(file))
  .flatMap((file) => {
    const text = readFileSync(join(LAMBDAS, file), 'utf8');
    return [...text.matchAll(/new (\w*Client)\((.*)/g)].map(([, name = '', options = '']) => ({ file, name, options }));
  });

describe('the clients of AWS services in functions', () => {
  it.each(clients)('have a budget: $name in $file', ({ name, options }) => {
    const [, budget = ''] = /^within\((\w+)\)/.exec(options) ?? [];
    expect(Object.keys(budgets)).toContain(budget);
    // The stores of attempts must keep to a call's lease. So all functions use their budget.
    if (name === 'DynamoDBClient') expect(['DYNAMODB', 'CIRCUITS', 'HEALTH']).toContain(budget);
  });

  it('are all of them', () => {
    expect(clients.length).toBeGreaterThan(20);
  });

  it('repeat a request that gets no answer, then give up', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = new DynamoDBClient({
      ...within({ tries: 2, connectMs: 1_000, requestMs: 20 }),
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const get = client.send(new GetItemCommand({ TableName: 'ledger', Key: { id: { S: 'a' } } }));
    await expect(get).rejects.toMatchObject({ name: 'TimeoutError', $metadata: { attempts: 2 } });
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
});

describe('the lease of a call', () => {
  // Announce the call, mark it as started, fetch its secret; afterwards store its success.
  const around = 3 * longestMs(DYNAMODB) + longestMs(SECRETS);

  it.each([100, 2_000, 60_000])(
    'is longer than all that its process may do in it, with a timeout of %i ms',
    (timeoutMs) => {
      // The call may be repeated with a fresh secret.
      expect(leaseOf({}, { timeoutMs })).toBeGreaterThan(2 * timeoutMs + around);
      const conflict = { rounds: 0, refused: [] };
      expect(leaseOf({ conflict }, { timeoutMs })).toBeGreaterThan(4 * timeoutMs + RESOLVER_MS + around);
    },
  );

  it('has time for the record of the last request that may leave in it', () => {
    const [until, timeoutMs] = [100_000, 2_000];
    const latest = until - timeoutMs - longestMs(DYNAMODB);
    expect(endsWithin(until, timeoutMs, latest)).toBe(true);
    expect(endsWithin(until, timeoutMs, latest + 1)).toBe(false);
  });
});
