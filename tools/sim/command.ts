import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Command } from 'commander';
import { wholeNumber } from '../whole-number.ts';
import { synthesizeDeployment } from './cloud/template.ts';
import type { Progress } from './progress.ts';
import type { Share, ShareResult } from './run-share.ts';
import type { ThreadData } from './share.ts';
import { type ManyOptions, simulateMany } from './simulate-many.ts';

interface Options extends ManyOptions {
  readonly seed?: number;
}

const values = new Command('npm run simulate --')
  .description('Run random stories with random faults. Exits with 1 if one breaks a promise, with 130 after Ctrl-C.')
  .option('--seeds <count>', 'schedules', wholeNumber, 100_000)
  .option('--seconds <count>', 'longest time', wholeNumber, 180)
  .option('--from <seed>', 'the first seed', wholeNumber, 1)
  .option('--threads <count>', 'threads', wholeNumber, Math.min(2, availableParallelism()))
  .option('--seed <seed>', 'run this one, and print what happens', wholeNumber)
  .parse()
  .opts<Options>();

// The schedules don't include what the code logs and measures. The logger reads this when it loads.
Object.assign(process.env, { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' });
const deployment = synthesizeDeployment();
process.exitCode = values.seed === undefined ? await runMany() : await runOne(values.seed);

/** Runs one schedule, without those of its faults that the first broken promise does not need. */
async function runOne(seed: number): Promise<number> {
  const { describeFinding, shrink } = await import('./explore.ts');
  const { randomSchedule } = await import('./random-schedule.ts');
  const { simulate } = await import('./simulate.ts');
  const schedule = randomSchedule(seed);
  const run = await simulate(schedule, deployment, { isTraced: true });
  const finding = { schedule, run };
  const isBroken = run.violations.length > 0;
  console.log(describeFinding(isBroken ? await shrink(finding, deployment) : finding));
  return isBroken ? 1 : 0;
}

function runMany(): Promise<number> {
  const { stderr } = process;
  return simulateMany(values, deployment, {
    runShare: runThread,
    print: (text) => console.log(text),
    showLine: stderr.isTTY ? (text) => void stderr.write(`\r\x1b[K${text}`) : undefined,
    eachSecond: (act) => {
      const timer = setInterval(act, 1_000);
      return () => clearInterval(timer);
    },
    // The second Ctrl-C ends the process at once, since nothing listens then.
    onInterrupt: (act) => void process.once('SIGINT', act),
  });
}

function runThread(share: Share, { shared }: Progress): Promise<ShareResult> {
  return new Promise((resolve, reject) => {
    const workerData: ThreadData = { share, shared };
    const thread = new Worker(new URL('share.ts', import.meta.url), { workerData, env: process.env });
    thread.once('message', resolve).once('error', reject);
  });
}
