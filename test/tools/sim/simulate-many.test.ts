import { describe, expect, it } from 'vitest';
import { Progress } from '../../../tools/sim/progress.ts';
import { runShare, type ShareResult } from '../../../tools/sim/run-share.ts';
import { type ManyOptions, type ManyPorts, simulateMany } from '../../../tools/sim/simulate-many.ts';
import { testDeployment } from './deployment.ts';

const deployment = testDeployment();
const OPTIONS: ManyOptions = { seeds: 6, seconds: 3_600, from: 20, threads: 2 };
const NOTHING: ShareResult = { schedules: 0, faults: 0, cpuMs: 0, outcomes: {}, broken: {} };

/** A run whose threads are functions of this process. The test decides when a second has gone by, and on Ctrl-C. */
async function run(options: Partial<ManyOptions>, runThread: (hands: Hands) => ManyPorts['runShare']) {
  const printed: string[] = [];
  const lines: string[] = [];
  const hands: Hands = { second: () => undefined, interrupt: () => undefined };
  const code = await simulateMany({ ...OPTIONS, ...options }, deployment, {
    runShare: (...args) => runThread(hands)(...args),
    print: (text) => void printed.push(text),
    showLine: (text) => void lines.push(text),
    eachSecond(act) {
      hands.second = act;
      return () => {
        hands.second = () => undefined;
      };
    },
    onInterrupt(act) {
      hands.interrupt = act;
    },
  });
  return { code, lines, text: printed.join('\n') };
}

interface Hands {
  second: () => void;
  interrupt: () => void;
}

/** Takes seeds until `after` of them are counted, then acts. */
const counting =
  (after: number, act: (hands: Hands) => void) =>
  (hands: Hands): ManyPorts['runShare'] =>
  async ({ end }, progress) => {
    let schedules = 0;
    while (progress.takeSeed(end) !== undefined) {
      schedules++;
      progress.count({ faults: 2, isBroken: false });
      if (progress.schedules === after) act(hands);
    }
    return { ...NOTHING, schedules, faults: 2 * schedules, outcomes: { recovered: schedules } };
  };

describe('many schedules', () => {
  it('run each seed once, whichever thread takes it, and say which ran', async () => {
    const { code, text } = await run({}, () => runShare);
    expect(code).toBe(0);
    expect(text).toMatch(/^6 schedules with \d+ faults in /);
    expect(text).toContain('No promise was broken.');
    expect(text).toContain('Seeds 20 to 25 ran.');
    expect(text).not.toContain('--from');
  });

  it('end with what ran so far after Ctrl-C, and name the seed of the next run', async () => {
    const { code, text } = await run(
      { seeds: 1_000_000 },
      counting(3, ({ interrupt }) => interrupt()),
    );
    expect(code).toBe(130);
    expect(text).toContain('3 schedules with 6 faults');
    expect(text).toContain('recovered: 3');
    expect(text).toContain('Seeds 20 to 22 ran. Continue with --from 23.');
  });

  it('begin none once the time is over, and name the seed of the next run', async () => {
    const { code, text } = await run({ seconds: 0 }, () => runShare);
    expect(code).toBe(0);
    expect(text).toContain('0 schedules with 0 faults');
    expect(text).toContain('No seed ran. Continue with --from 20.');
  });

  it('show how far they are each second, and then clear the line', async () => {
    const { lines } = await run(
      {},
      counting(4, ({ second }) => second()),
    );
    expect(lines).toEqual(['4 schedules with 8 faults. 0 schedules broke a promise.', '']);
  });

  it('fail if one breaks a promise', async () => {
    const broken = { 'no event is lost': { count: 2, first: 'broken: no event is lost (f0)' } };
    const { code, text } = await run({ threads: 1 }, () => async (_, progress) => {
      progress.count({ faults: 1, isBroken: true });
      return { ...NOTHING, schedules: 2, broken };
    });
    expect(code).toBe(1);
    expect(text).toContain('1 promises were broken:\n\n2 times\nbroken: no event is lost (f0)');
  });
});

describe('the seeds of a run', () => {
  it('go to the thread that is first, each once', () => {
    const progress = Progress.from(8);
    const other = new Progress(progress.shared);
    expect([progress, other, progress, other].map((each) => each.takeSeed(11))).toEqual([8, 9, 10, undefined]);
    expect(other.nextSeed).toBe(11);
  });

  it('stay once somebody has stopped the run', () => {
    const progress = Progress.from(8);
    progress.stop();
    expect(new Progress(progress.shared).takeSeed(11)).toBeUndefined();
    expect(progress.nextSeed).toBe(8);
  });
});
