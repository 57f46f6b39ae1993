import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Command } from 'commander';
import { wholeNumber } from '../whole-number.ts';
import { synthesizeDeployment } from './cloud/template.ts';
import { describeFinding, shrink } from './explore.ts';
import { randomSchedule } from './random-schedule.ts';
import type { Share, ShareResult } from './share.ts';
import { simulate } from './simulate.ts';

interface Options {
  readonly seeds: number;
  readonly seconds: number;
  readonly from: number;
  readonly threads: number;
  readonly seed?: number;
}

const values = new Command('npm run simulate --')
  .description('Run random stories with random faults. Exits with 1 if one breaks a promise.')
  .option('--seeds <count>', 'schedules', wholeNumber, 100_000)
  .option('--seconds <count>', 'longest time', wholeNumber, 180)
  .option('--from <seed>', 'the first seed', wholeNumber, 1)
  .option('--threads <count>', 'threads', wholeNumber, Math.min(2, availableParallelism()))
  .option('--seed <seed>', 'run this one, and print what happens', wholeNumber)
  .parse()
  .opts<Options>();

// The schedules don't include what the code logs and measures.
Object.assign(process.env, { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' });
const deployment = synthesizeDeployment();
const isFine = values.seed === undefined ? await runMany() : await runOne(values.seed);
process.exitCode = isFine ? 0 : 1;

/** Runs one schedule, without those of its faults that the first broken promise does not need. */
async function runOne(seed: number): Promise<boolean> {
  const schedule = randomSchedule(seed);
  const run = await simulate(schedule, deployment, { isTraced: true });
  const finding = { schedule, run };
  const isBroken = run.violations.length > 0;
  console.log(describeFinding(isBroken ? await shrink(finding, deployment) : finding));
  return !isBroken;
}

async function runMany(): Promise<boolean> {
  const { threads } = values;
  const startedAt = Date.now();
  const each = {
    deployment,
    step: threads,
    count: Math.ceil(values.seeds / threads),
    until: startedAt + values.seconds * 1_000,
  };
  const shares = Array.from({ length: threads }, (_, n) => runShare({ ...each, firstSeed: values.from + n }));
  const results = await Promise.all(shares);
  report(results, (Date.now() - startedAt) / 1_000);
  return results.every(({ broken }) => Object.keys(broken).length === 0);
}

function runShare(share: Share): Promise<ShareResult> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('share.ts', import.meta.url), { workerData: share, env: process.env });
    thread.once('message', resolve).once('error', reject);
  });
}

function report(results: readonly ShareResult[], seconds: number): void {
  const sum = (of: (result: ShareResult) => number) => results.reduce((total, result) => total + of(result), 0);
  const schedules = sum(({ schedules: count }) => count);
  const outcomes = [...new Set(results.flatMap((result) => Object.keys(result.outcomes)))].toSorted();
  const broken = new Set(results.flatMap((result) => Object.keys(result.broken)));
  console.log(
    `${schedules.toLocaleString('en')} schedules with ${sum(({ faults }) => faults).toLocaleString('en')} faults in ` +
      `${seconds.toFixed(0)} s (${(sum(({ cpuMs }) => cpuMs) / schedules).toFixed(1)} ms of CPU each)`,
  );
  console.log(outcomes.map((name) => `${name}: ${sum((result) => result.outcomes[name] ?? 0)}`).join(', '));
  console.log(broken.size === 0 ? 'No promise was broken.' : `${broken.size} promises were broken:`);
  for (const name of broken) {
    const found = results.flatMap((result) => result.broken[name] ?? []);
    console.log(`\n${found.reduce((total, { count }) => total + count, 0)} times\n${found[0]?.first}`);
  }
}
