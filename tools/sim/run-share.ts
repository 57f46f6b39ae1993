import type { Deployment } from './cloud/template.ts';
import { describeFinding, shrink } from './explore.ts';
import type { Progress } from './progress.ts';
import { randomSchedule } from './random-schedule.ts';
import { simulate } from './simulate.ts';

/** What one thread of the command runs. */
export interface Share {
  readonly deployment: Deployment;
  /** The seed after the last one. */
  readonly end: number;
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

/** Runs schedules until no seed is left, the time is over, or somebody stops the run. */
export async function runShare({ deployment, end, until }: Share, progress: Progress): Promise<ShareResult> {
  const startedAt = process.threadCpuUsage();
  const broken: Record<string, { count: number; first: string }> = {};
  const outcomes: Record<string, number> = {};
  let schedules = 0;
  let faults = 0;
  while (Date.now() < until) {
    const seed = progress.takeSeed(end);
    if (seed === undefined) break;
    const schedule = randomSchedule(seed);
    const result = await simulate(schedule, deployment);
    schedules++;
    faults += result.faults.length;
    progress.count({ faults: result.faults.length, isBroken: result.violations.length > 0 });
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
