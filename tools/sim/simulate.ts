import { failureKey } from '../../lambdas/contract/failure-key.ts';
import type { Deployment } from './cloud/template.ts';
import type { Violation } from './facts.ts';
import { violationsOf } from './invariants.ts';
import { Operators } from './story/operators.ts';
import { Pipeline } from './story/pipeline.ts';
import type { MissingCheck } from './story/ports.ts';
import { reportFailures } from './story/report-failures.ts';
import type { Scenario } from './story/scenario.ts';
import { DAY_MS, STARTS_AT } from './story/times.ts';
import type { Fault, FaultPoint, Storm } from './world/faults.ts';
import { World } from './world/world.ts';

/** One schedule: a story, and what goes wrong in it. */
export interface Schedule {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly plan: readonly Fault[] | Storm;
}

export interface Run {
  readonly violations: readonly Violation[];
  readonly faults: readonly Fault[];
  /** Points at which a fault could have struck, of a run without any. Otherwise empty. */
  readonly points: readonly FaultPoint[];
  readonly outcomes: readonly string[];
  readonly trace?: readonly string[];
}

interface SimulateOptions {
  /** @default false */
  readonly isTraced?: boolean;
  /** A check that the code lacks in this run. @default - none */
  readonly missing?: MissingCheck | undefined;
}

/** More than any schedule takes that ends. */
const MOST_STEPS = 150_000;
const MOST_MS = 5 * DAY_MS;

/** Runs a schedule until all is quiet, and checks every invariant. */
export async function simulate(
  { scenario, seed, plan }: Schedule,
  deployment: Deployment,
  { isTraced = false, missing }: SimulateOptions = {},
): Promise<Run> {
  const world = new World({ seed, plan, startsAt: STARTS_AT, isTraced });
  const pipeline = new Pipeline(world, scenario, deployment, missing);
  const { services } = pipeline;
  const operators = new Operators(services, scenario);
  const reported = reportFailures(services, scenario);
  const isOver = () => (reported.areSent() && operators.areDone && pipeline.isQuiet) || world.now > STARTS_AT + MOST_MS;
  const ended = await world.run(isOver, MOST_STEPS);
  const violations = violationsOf(services, { scenario, reported, ended });
  const outcomes = reported.failures.map((failure) => services.entries.get(failureKey(failure))?.outcome ?? 'none');
  return { violations, faults: world.faults.made, points: world.faults.points, outcomes, trace: world.trace };
}
