import type { Deployment } from './cloud/template.ts';
import { type Run, type Schedule, simulate } from './simulate.ts';
import type { Scenario } from './story/scenario.ts';
import type { Fault, FaultKind, FaultPoint } from './world/faults.ts';

/** A schedule that broke a promise. */
export interface Finding {
  readonly schedule: Schedule;
  readonly run: Run;
}

/** Every single fault of a story, at every point that the story reaches without one, or at those of its focus. */
export async function singleFaults(
  scenario: Scenario,
  seed: number,
  deployment: Deployment,
): Promise<readonly Fault[]> {
  const { points } = await simulate({ scenario, seed, plan: [] }, deployment);
  const { focus } = scenario;
  const isInFocus = ({ at, nth }: FaultPoint) => !focus || focus.some((part) => `${at} ${nth}`.includes(part));
  return points.filter(isInFocus).flatMap(faultsAt);
}

/** Faults at a point, without those that another single fault covers. Storms have all. */
export function faultsAt({ at, nth, kinds }: FaultPoint): readonly Fault[] {
  const first = kinds.filter((kind) => !isCovered(kind, kinds));
  // The repetition of a later request differs in nothing from that of the first.
  return first.filter((kind) => nth === 1 || kind !== 'repeated').map((kind) => ({ at, nth, kind }));
}

/** Whether the same follows from another fault here, or from a fault at the point before. */
function isCovered(kind: FaultKind, kinds: readonly FaultKind[]): boolean {
  const isRequest = kinds.includes('freeze-before');
  const isWrite = kinds.includes('crash-after');
  switch (kind) {
    // A process that dies before a request has died after the write, the call or the start before.
    case 'crash-before':
      return isRequest || isWrite;
    // A lost answer is this error, after a repetition.
    case 'fails-after':
      return kinds.includes('answer-lost');
    // The pause is one before the next request.
    case 'freeze':
      return isRequest;
    // A late read changes no more than one that fails, or one after a pause.
    case 'slow':
      return !isWrite;
    default:
      return false;
  }
}

/** Runs the story without a fault and with each single one. Returns the schedules that broke a promise. */
export async function exploreSingleFaults(
  scenario: Scenario,
  seed: number,
  deployment: Deployment,
): Promise<{ readonly count: number; readonly findings: readonly Finding[] }> {
  const faults = await singleFaults(scenario, seed, deployment);
  const plans = [[], ...faults.map((fault) => [fault])];
  const findings: Finding[] = [];
  for (const plan of plans) {
    const schedule = { scenario, seed, plan };
    const run = await simulate(schedule, deployment);
    if (run.violations.length > 0) findings.push({ schedule, run });
  }
  return { count: plans.length, findings };
}

/** Leaves out one fault after the other, as long as the same promise is broken. */
export async function shrink({ schedule, run }: Finding, deployment: Deployment): Promise<Finding> {
  const broken = run.violations[0]?.invariant;
  const isSame = (each: Run) => each.violations.some(({ invariant }) => invariant === broken);
  let plan: readonly Fault[] = run.faults;
  for (let n = plan.length - 1; n >= 0; n--) {
    const fewer = plan.toSpliced(n, 1);
    if (isSame(await simulate({ ...schedule, plan: fewer }, deployment))) plan = fewer;
  }
  const shrunk = { ...schedule, plan };
  return { schedule: shrunk, run: await simulate(shrunk, deployment, { isTraced: true }) };
}

/** A finding as text: the promise, the plan that repeats it, and what happened. */
export function describeFinding({ schedule, run }: Finding): string {
  const { scenario, seed, plan } = schedule;
  const faults = 'rate' in plan ? run.faults : plan;
  return [
    ...run.violations.map(({ invariant, about }) => `broken: ${invariant} (${about})`),
    `story: ${JSON.stringify(scenario)}`,
    `seed: ${seed}`,
    `faults: ${faults.length === 0 ? 'none' : ''}`,
    ...faults.map(({ at, nth, kind }) => `  { at: '${at}', nth: ${nth}, kind: '${kind}' },`),
    ...(run.trace ?? []),
  ].join('\n');
}
