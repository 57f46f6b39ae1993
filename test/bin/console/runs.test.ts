import { describe, expect, it } from 'vitest';
import type { RunTool } from '../../../bin/console/run-for-document.ts';
import { consoleRuns } from '../../../bin/console/runs.ts';

const REQUEST = { what: 'redrive', of: 'payments', why: 'w', args: ['dlq', 'redrive', 'payments'] } as const;

/** A tool whose command continues until the test ends it, or somebody interrupts it. */
function endless() {
  const { promise, resolve } = Promise.withResolvers<number>();
  const run: RunTool = (_, { progress, signal, stderr }) => {
    progress(10).show(4, '5/s');
    signal.addEventListener('abort', () => {
      stderr('Interrupted: 4 are moved.\n');
      resolve(130);
    });
    return promise;
  };
  return { run, end: resolve };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the runs of a console', () => {
  it('show their progress until they end', async () => {
    const { run, end } = endless();
    const runs = consoleRuns(run, () => 0);
    const { id } = runs.start(REQUEST);
    await turn();
    expect(runs.all()).toMatchObject([
      {
        id,
        what: 'redrive',
        of: 'payments',
        state: 'running',
        done: 4,
        total: 10,
        text: '5/s',
        startedAt: '1970-01-01T00:00:00.000Z',
      },
    ]);
    end(0);
    await turn();
    expect(runs.all()).toMatchObject([{ state: 'done', done: 4 }]);
  });

  it('pause as Ctrl-C does, and say what was done', async () => {
    const runs = consoleRuns(endless().run);
    const { id } = runs.start(REQUEST);
    await turn();
    expect(runs.pause(id)).toMatchObject({ state: 'pausing' });
    await turn();
    expect(runs.all()).toMatchObject([{ state: 'paused', text: 'Interrupted: 4 are moved.' }]);
    expect(runs.pause('nobody')).toBeUndefined();
  });

  it.each([
    ['healed', 0, { died: 0, underWay: 0, held: 0, waiting: 0 }],
    ['died-again', 6, { died: 1, underWay: 1, held: 0, waiting: 0 }],
    ['under-way', 0, { died: 0, underWay: 0, held: 0, waiting: 2 }],
    [undefined, 0, undefined],
  ])('say how its dead letters ended: %s', async (outcome, code, outcomes) => {
    const runs = consoleRuns(async (_, { stdout }) => {
      stdout(JSON.stringify({ moved: 2, outcomes }));
      return code;
    });
    runs.start(REQUEST);
    await turn();
    expect(runs.all()).toMatchObject([{ state: 'done', outcome }]);
  });

  it.each<[string, RunTool]>([
    ['throws', async () => Promise.reject(new Error('a bug'))],
    [
      'prints half a document',
      async (_, { stdout }) => {
        stdout('{"moved":');
        return 0;
      },
    ],
  ])('fail if their command %s, and the console continues', async (_, run) => {
    const runs = consoleRuns(run);
    runs.start(REQUEST);
    await turn();
    expect(runs.all()).toMatchObject([{ state: 'failed', text: 'the command broke off: run it in the terminal' }]);
    await runs.stop();
  });

  it('say why they failed', async () => {
    const runs = consoleRuns(async (_, { stderr }) => {
      stderr('AWS denied access: not you\n');
      return 1;
    });
    runs.start(REQUEST);
    await turn();
    expect(runs.all()).toMatchObject([{ state: 'failed', text: 'AWS denied access: not you' }]);
  });

  it('put back what they hold before the console ends', async () => {
    const runs = consoleRuns(endless().run);
    runs.start(REQUEST);
    await turn();
    await runs.stop();
    expect(runs.all()).toMatchObject([{ state: 'paused' }]);
  });

  it('keep the latest of those that ended, and all that run', async () => {
    const { run } = endless();
    const runs = consoleRuns((args, output) => (args[0] === 'dlq' ? run(args, output) : Promise.resolve(0)));
    const { id } = runs.start(REQUEST);
    for (let count = 0; count < 60; count++) {
      runs.start({ ...REQUEST, args: ['quick'] });
      await turn();
    }
    expect(runs.all()).toHaveLength(50);
    expect(runs.all().at(-1)).toMatchObject({ id, state: 'running' });
  });
});
