import { Worker } from 'node:worker_threads';
import { Command } from 'commander';
import { wholeNumber } from '../../whole-number.ts';
import { synthesizeDeployment } from '../cloud/template.ts';
import { allGuards, type Guard, nameOfGuard } from './guards.ts';
import type { Caught, Hunt } from './hunt.ts';
import { noticedByTests, proveTests } from './unit-tests.ts';

interface Options {
  readonly seeds: number;
  readonly only: string;
  readonly schedules: boolean;
  readonly threads: number;
}

const values = new Command('npm run simulate:mutants --')
  .description('Remove each guard of the code in turn, and say what notices: schedules, then the unit tests.')
  .option('--seeds <count>', 'random schedules for each guard, after those that are pinned', wholeNumber, 1_000)
  .option('--only <texts>', 'only guards whose name contains one of these, separated by commas', '')
  .option('--no-schedules', 'unit tests only')
  .option('--threads <count>', 'guards tried at a time', wholeNumber, 2)
  .parse()
  .opts<Options>();

Object.assign(process.env, { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' });
const deployment = synthesizeDeployment();
const all = await allGuards();
const texts = values.only.split(',');
const guards = all.filter((guard) => texts.some((text) => nameOfGuard(guard).includes(text)));
const waiting = batchesOf(guards);
const survivors: Guard[] = [];
const byTests: Guard[] = [];
console.log(await proveTests(all));
await Promise.all(Array.from({ length: values.threads }, work));
const bySchedules = guards.length - byTests.length - survivors.length;
console.log(
  `\n${guards.length} guards: schedules notice ${bySchedules} that are missing, unit tests ${byTests.length} others, ` +
    `nothing ${survivors.length}.`,
);
for (const guard of survivors) console.log(`not noticed: ${nameOfGuard(guard)}`);
process.exitCode = survivors.length === 0 ? 0 : 1;

/** Checks are removed as data, so one thread hunts many. Code is loaded once in a thread. */
function batchesOf(all: readonly Guard[]): (readonly Guard[])[] {
  const checks = all.filter(({ kind }) => kind === 'check');
  const half = Math.ceil(checks.length / 2);
  const edits = all.filter(({ kind }) => kind === 'edit').map((guard) => [guard]);
  return [checks.slice(0, half), checks.slice(half), ...edits];
}

async function work(): Promise<void> {
  for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
    const caught = values.schedules ? await hunt(batch) : [];
    for (const [n, guard] of batch.entries()) await report(guard, caught[n]);
  }
}

async function report(guard: Guard, caught: Caught): Promise<void> {
  const noticed = caught ?? (await noticedByTests(guard));
  if (noticed === undefined) survivors.push(guard);
  else if (caught === undefined) byTests.push(guard);
  console.log(`${nameOfGuard(guard)}\n    ${noticed ?? 'NOT NOTICED'}`);
}

function hunt(batch: readonly Guard[]): Promise<readonly Caught[]> {
  const workerData: Hunt = { deployment, guards: batch, seeds: values.seeds };
  return new Promise((resolve, reject) => {
    const caught: Caught[] = [];
    const thread = new Worker(new URL('hunt.ts', import.meta.url), { workerData, env: process.env });
    thread.on('message', (each: string | null) => caught.push(each ?? undefined));
    thread.once('exit', () => resolve(caught)).once('error', reject);
  });
}
