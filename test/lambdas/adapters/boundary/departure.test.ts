import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCredentials } from '../../../../lambdas/adapters/boundary/credentials.ts';
import { resumeExecution } from '../../../../lambdas/adapters/boundary/execution-call.ts';
import { type CallContext, callDependency } from '../../../../lambdas/adapters/boundary/http-call.ts';
import { BusyError } from '../../../../lambdas/contract/errors.ts';
import type { Departure } from '../../../../lambdas/use-cases/departure.ts';
import { awsSettings, NOW, sampleSettings } from '../../../support/samples.ts';
import { RecordingServer, status } from './recording-server.ts';

const server = new RecordingServer();
beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => server.reset());

/** Lets `allowed` requests leave. */
function departures(allowed: number): Departure {
  let asked = 0;
  return () => {
    asked += 1;
    if (asked > allowed) throw new BusyError('the lease is about to expire');
  };
}

function call(method: 'GET' | 'POST', own: Partial<CallContext>) {
  const auth = { scheme: 'bearer', secretName: 'shop/token' } as const;
  const settings = sampleSettings({ baseUrl: server.baseUrl, timeoutMs: 600_000, auth });
  const secrets = ['old', 'new'];
  const credentials = createCredentials(async () => secrets.shift() ?? '');
  const context = { idempotencyKey: 'f-1', correlationId: 'c-1', credentials, ...own };
  return callDependency({ method, path: '/orders' }, settings, context);
}

describe('a request that may not leave any more', () => {
  it.each(['GET', 'POST'] as const)('does not, though its connection is established: %s', async (method) => {
    await expect(call(method, { depart: departures(0) })).rejects.toThrow(BusyError);
    expect(server.calls).toEqual([]);
  });

  it('does not on a connection that is used again', async () => {
    await call('GET', {});
    await expect(call('GET', { depart: departures(0) })).rejects.toThrow(BusyError);
    expect(server.calls).toHaveLength(1);
  });

  it('does not leave again after a 401', async () => {
    server.answer = status(401);
    await expect(call('POST', { depart: departures(1) })).rejects.toThrow(BusyError);
    expect(server.calls).toHaveLength(1);
  });

  it('does not while the credential is fetched', async () => {
    let isLate = false;
    const credentials = createCredentials(async () => {
      isLate = true;
      return 'secret';
    });
    const depart = () => {
      if (isLate) departures(0)(1);
    };
    await expect(call('POST', { credentials, depart })).rejects.toThrow(BusyError);
    expect(server.calls).toEqual([]);
  });

  it.each([
    [0, []],
    [1, ['describe']],
    [2, ['describe', 'redrive']],
  ])('does not redrive an execution that was read before: %i requests', async (allowed, expected) => {
    const done: string[] = [];
    const executions = {
      describe: async () => {
        done.push('describe');
        return { status: 'FAILED', redriveStatus: 'REDRIVABLE', $metadata: {} } as never;
      },
      redrive: async () => {
        done.push('redrive');
        return true;
      },
      start: async () => true,
    };
    const context = {
      failure: { dependency: 'target', id: 'sfn-1' },
      executions,
      now: NOW,
      depart: departures(allowed),
    };
    await resumeExecution({ path: '/executions/x/redrive' }, awsSettings('state-machine'), context).catch(
      (error: unknown) => expect(error).toBeInstanceOf(BusyError),
    );
    expect(done).toEqual(expected);
  });
});
