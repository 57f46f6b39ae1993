import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { synthesizeDeployment } from '../cloud/template.ts';
import { allGuards, type Guard, nameOfGuard } from './guards.ts';
import type { Caught, Hunt } from './hunt.ts';
import { noticedByTests } from './unit-tests.ts';

/**
 * `npm run simulate:mutants`: removes each guard of the code in turn, and says what notices. First pinned and random
 * schedules try (`--seeds N`, 400), then the unit tests.
 *
 * `--only TEXT` takes the guards whose name contains the text. Exits with 1 if nothing notices one.
 */
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '400' }, only: { type: 'string', default: '' } },
});

Object.assign(process.env, { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' });
const THREADS = 2;
const deployment = synthesizeDeployment();
const guards = (await allGuards()).filter((guard) => nameOfGuard(guard).includes(values.only));
const waiting = [...guards];
const survivors: Guard[] = [];
const byTests: Guard[] = [];
await Promise.all(Array.from({ length: THREADS }, work));
const bySchedules = guards.length - byTests.length - survivors.length;
console.log(
  `\n${guards.length} guards: schedules notice ${bySchedules} that are missing, unit tests ${byTests.length} others, ` +
    `nothing ${survivors.length}.`,
);
for (const guard of survivors) console.log(`not noticed: ${nameOfGuard(guard)}`);
process.exitCode = survivors.length === 0 ? 0 : 1;

async function work(): Promise<void> {
  for (let guard = waiting.shift(); guard; guard = waiting.shift()) {
    const caught = await hunt(guard);
    const tested = caught ?? (await noticedByTests(guard));
    if (tested === undefined) survivors.push(guard);
    else if (caught === undefined) byTests.push(guard);
    console.log(`${nameOfGuard(guard)}\n    ${tested ?? 'NOT NOTICED'}`);
  }
}

function hunt(guard: Guard): Promise<Caught> {
  const workerData: Hunt = { deployment, guard, seeds: Number(values.seeds) };
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('hunt.ts', import.meta.url), { workerData, env: process.env });
    thread.once('message', (caught: string | null) => resolve(caught ?? undefined)).once('error', reject);
  });
}
