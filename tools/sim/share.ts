import { parentPort, workerData } from 'node:worker_threads';
import type { Deployment } from './cloud/template.ts';
import { describeFinding, shrink } from './explore.ts';
import { randomSchedule } from './random-schedule.ts';
import { simulate } from './simulate.ts';

/** What one thread of the command runs: every `step`-th seed. */
export interface Share {
  readonly deployment: Deployment;
  readonly firstSeed: number;
  readonly step: number;
  readonly count: number;
  /** Epoch milliseconds, after which no schedule begins. */
  readonly until: number;
}

/** What a thread found. */
export interface ShareResult {
  readonly schedules: number;
  readonly faults: number;
  readonly cpuMs: number;
  /** Schedules with each outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Each promise that was broken: how often, and the plan and trace of its first finding. */
  readonly broken: Readonly<Record<string, { readonly count: number; readonly first: string }>>;
}

async function run({ deployment, firstSeed, step, count, until }: Share): Promise<ShareResult> {
  const startedAt = process.threadCpuUsage();
  const broken: Record<string, { count: number; first: string }> = {};
  const outcomes: Record<string, number> = {};
  let schedules = 0;
  let faults = 0;
  for (; schedules < count && Date.now() < until; schedules++) {
    const schedule = randomSchedule(firstSeed + schedules * step);
    const result = await simulate(schedule, deployment);
    faults += result.faults.length;
    for (const outcome of result.outcomes) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    for (const violation of result.violations) {
      const known = broken[violation.invariant];
      if (known) known.count++;
      else {
        const finding = { schedule, run: { ...result, violations: [violation] } };
        broken[violation.invariant] = { count: 1, first: describeFinding(await shrink(finding, deployment)) };
      }
    }
  }
  const { user, system } = process.threadCpuUsage(startedAt);
  return { schedules, faults, cpuMs: (user + system) / 1_000, outcomes, broken };
}

// Nobody reads the stacks of the errors that the code throws on its way, and making them takes a tenth of the time.
Error.stackTraceLimit = 0;
parentPort?.postMessage(await run(workerData as Share));
