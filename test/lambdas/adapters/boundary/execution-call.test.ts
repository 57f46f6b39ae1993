import { describe, expect, it } from 'vitest';
import { resumeExecution } from '../../../../lambdas/adapters/boundary/execution-call.ts';
import type { Executions } from '../../../../lambdas/adapters/boundary/executions.ts';
import type { AwaitedExecution } from '../../../../lambdas/contract/ledger-entry.ts';
import type { CallResult, PendingCall } from '../../../../lambdas/domain/boundary/call-result.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { ALWAYS } from '../../../support/departures.ts';
import { awsSettings, NOW } from '../../../support/samples.ts';

type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';
interface Found {
  readonly status: Status;
  readonly redriveCount?: number;
  readonly redriveStatus?: 'REDRIVABLE' | 'NOT_REDRIVABLE';
  readonly redriveDate?: Date;
  readonly startDate?: Date;
  readonly error?: string;
  readonly input?: string;
}
interface Given {
  readonly awaited?: AwaitedExecution;
  readonly repeatable?: boolean;
  /** Whether a redrive is possible. */
  readonly redrives?: boolean;
  readonly name?: string;
}

/** Makes one call and records its steps. */
async function call(
  found: readonly (Found | undefined)[],
  { awaited, repeatable = false, redrives = true, name = 'import-7' }: Given = {},
) {
  const done: string[] = [];
  const looks = [...found];
  const executions: Executions = {
    describe: async (arn) => {
      done.push(`look at ${arn.split(':').at(-1)}`);
      const next = looks.length > 1 ? looks.shift() : looks[0];
      return (
        next && { $metadata: {}, executionArn: arn, stateMachineArn: 'machine', startDate: new Date(NOW), ...next }
      );
    },
    redrive: async (arn, token) => {
      done.push(`redrive ${arn.split(':').at(-1)} ${token.length}`);
      return redrives;
    },
    start: async ({ name: started, input, stateMachineArn }) => {
      done.push(`start ${started} of ${stateMachineArn.split(':').at(-1)} with ${input}`);
      return true;
    },
  };
  const context = { failure: { dependency: 'target', id: 'sfn-1' }, executions, now: NOW, awaited, depart: ALWAYS };
  const result = await resumeExecution(
    { path: `/executions/${name}/redrive` },
    awsSettings('state-machine', { repeatable }),
    context,
  );
  return { result, done };
}

const waits = (execution: string, redrives: number, forMs = 1_000): PendingCall => ({
  kind: 'pending',
  forMs,
  awaited: { execution, redrives },
});
const ours = (redrives: number): Given => ({ awaited: { execution: 'import-7', redrives } });
const seen = (redrives: number): Given => ({ awaited: { execution: 'import-7', redrives, hasFailed: true } });

function ruleOf(result: CallResult | PendingCall): string | undefined {
  if (result.kind !== 'failed') return undefined;
  return classify(result.error, { rules: [], refreshable: false, attempts: 1, now: NOW }).rule;
}

describe('an execution', () => {
  it.each<[string, Found, Given]>([
    ['by itself', { status: 'SUCCEEDED' }, {}],
    ['after a redrive', { status: 'SUCCEEDED', redriveCount: 1 }, ours(1)],
  ])('that has succeeded %s is recovered', async (_, found, given) => {
    expect(await call([found], given)).toEqual({ result: { kind: 'ok', statusCode: 200 }, done: ['look at import-7'] });
  });

  it.each<[string, Found, Given, number]>([
    ['runs', { status: 'RUNNING' }, {}, 0],
    ['waits to be redriven', { status: 'PENDING_REDRIVE', redriveCount: 2 }, ours(2), 2],
    ['was redriven by somebody else', { status: 'RUNNING', redriveCount: 3 }, seen(2), 3],
    ['has not been seen to be redriven', { status: 'FAILED', redriveCount: 1 }, ours(2), 2],
  ])('that %s is waited for and left alone', async (_, found, given, redrives) => {
    expect(await call([found], given)).toEqual({ result: waits('import-7', redrives), done: ['look at import-7'] });
  });

  it.each([
    [0, 1_000],
    [60_000, 15_000],
    [3_600_000, 300_000],
  ])('that has run for %d ms is looked at again after %d ms', async (ran, forMs) => {
    const redriveDate = new Date(NOW - ran);
    const { result } = await call(
      [{ status: 'RUNNING', redriveCount: 1, redriveDate, startDate: new Date(0) }],
      ours(1),
    );
    expect(result).toEqual(waits('import-7', 1, forMs));
  });

  it.each<[Found, Given, number]>([
    [{ status: 'FAILED' }, {}, 1],
    [{ status: 'TIMED_OUT', redriveCount: 4 }, {}, 5],
    [{ status: 'FAILED', redriveCount: 2 }, seen(2), 3],
  ])('that has failed (%o) is redriven', async (found, given, redrives) => {
    const { result, done } = await call([found], given);
    expect(result).toEqual(waits('import-7', redrives));
    expect(done).toEqual(['look at import-7', 'redrive import-7 32']);
  });

  it.each<[string, Found, string | undefined]>([
    ['with an error', { status: 'FAILED', error: 'States.Permissions' }, 'states-permissions'],
    ['without a name', { status: 'FAILED' }, 'unknown-again'],
    ['by its time', { status: 'TIMED_OUT' }, 'states-timeout'],
  ])('that has failed again %s is a failed attempt', async (_, found, rule) => {
    const { result, done } = await call([{ ...found, redriveCount: 1 }], ours(1));
    expect(ruleOf(result)).toBe(rule);
    expect(done).toEqual(['look at import-7']);
  });

  it.each<[string, Found | undefined, Given, string]>([
    ['was stopped by hand', { status: 'ABORTED' }, ours(1), 'sfn-aborted'],
    ['is gone', undefined, {}, 'aws-not-found'],
    ['can not be redriven', { status: 'FAILED', redriveStatus: 'NOT_REDRIVABLE' }, {}, 'sfn-not-redrivable'],
    ['can not be redriven, it turns out', { status: 'FAILED' }, { redrives: false }, 'sfn-not-redrivable'],
    [
      'can not be redriven, and has hidden its input',
      { status: 'FAILED', redriveStatus: 'NOT_REDRIVABLE' },
      { repeatable: true },
      'sfn-not-redrivable',
    ],
  ])('that %s is given up', async (_, found, given, rule) => {
    expect(ruleOf((await call([found], given)).result)).toBe(rule);
  });

  it('that somebody else redrives at the same moment is waited for', async () => {
    const looks: Found[] = [{ status: 'FAILED' }, { status: 'RUNNING', redriveCount: 1 }];
    expect((await call(looks, { redrives: false, repeatable: true })).result).toEqual(waits('import-7', 1));
  });

  it.each<[string, string, string, Given]>([
    ['import-7', 'sfn-1+again1', 'f6neRQ', {}],
    [
      'sfn-1+again1',
      'sfn-1+again2',
      'Xhy2ir',
      { awaited: { execution: 'sfn-1+again1', redrives: 3, hasFailed: true } },
    ],
  ])(
    "%s that can't be redriven is followed by %s of the same input, if that is safe",
    async (name, link, mark, given) => {
      const found = { status: 'FAILED', redriveStatus: 'NOT_REDRIVABLE', input: '{"a":1}' } as const;
      const { result, done } = await call([found, undefined], { ...given, repeatable: true });
      expect(result).toEqual(waits(`${link}+${mark}`, 0));
      expect(done).toEqual([`look at ${name}`, `look at ${link}`, `start ${link}+${mark} of Import with {"a":1}`]);
    },
  );

  it('that has been started just now may not be there yet', async () => {
    const { result } = await call([undefined], { awaited: { execution: 'sfn-1+again1', redrives: 0 } });
    expect(result).toEqual(waits('sfn-1+again1', 0));
  });

  it('is found by a name with special characters', async () => {
    expect((await call([{ status: 'SUCCEEDED' }], { name: 'import%20(7)' })).done).toEqual(['look at import (7)']);
  });
});

describe('a replacement', () => {
  interface Execution {
    readonly input: string;
    readonly status: Status;
  }

  /** A machine with executions that can't be redriven. */
  function machine(first: Readonly<Record<string, string>>) {
    const all = new Map<string, Execution>(
      Object.entries(first).map(([name, input]) => [name, { input, status: 'FAILED' }]),
    );
    const executions: Executions = {
      describe: async (arn) => {
        const found = all.get(arn.split(':').at(-1) ?? '');
        const rest = { $metadata: {}, executionArn: arn, stateMachineArn: 'm', startDate: new Date(NOW) };
        return found && { ...rest, ...found, redriveStatus: 'NOT_REDRIVABLE' };
      },
      redrive: async () => false,
      start: async ({ name, input }) => {
        if (all.has(name)) return false;
        all.set(name, { input, status: 'SUCCEEDED' });
        return true;
      },
    };
    const resume = async (dependency: string, execution: string, awaited?: AwaitedExecution) => {
      const settings = awsSettings('state-machine', { name: dependency, repeatable: true });
      const context = { failure: { dependency, id: 'order-1' }, executions, now: NOW, awaited, depart: ALWAYS };
      return resumeExecution({ path: `/executions/${execution}/redrive` }, settings, context);
    };
    return { all, resume };
  }

  const startedBy = (result: CallResult | PendingCall) => (result.kind === 'pending' ? result.awaited.execution : '');

  it('runs for each of two dependencies that share a machine and an id', async () => {
    const { all, resume } = machine({ e1: '{"order":1}', e2: '{"order":2}' });
    const names = [startedBy(await resume('a', 'e1')), startedBy(await resume('b', 'e2'))];
    expect(names.map((name) => all.get(name)?.input)).toEqual(['{"order":1}', '{"order":2}']);
  });

  it('runs once, however many recover the same execution', async () => {
    const { all, resume } = machine({ e1: '{}' });
    for (const dependency of ['a', 'a', 'b']) await resume(dependency, 'e1');
    expect(all.size).toBe(2);
  });

  it('is the one that an earlier version has started', async () => {
    const { all, resume } = machine({ e1: '{"order":1}', 'order-1+again1': '{"order":1}' });
    expect(startedBy(await resume('a', 'e1'))).toBe('order-1+again1');
    expect(all.size).toBe(2);
  });

  it('takes another name where one is taken by another input', async () => {
    const one = machine({ e1: '{"order":1}' });
    const taken = startedBy(await one.resume('a', 'e1'));
    const { all, resume } = machine({ e1: '{"order":1}', [taken]: '{"order":9}', 'order-1+again1': '{"order":9}' });
    const name = startedBy(await resume('a', 'e1'));
    expect(all.get(name)).toEqual({ input: '{"order":1}', status: 'SUCCEEDED' });
    expect(startedBy(await resume('a', 'e1'))).toBe(name);
  });
});
