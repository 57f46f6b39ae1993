import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFinding, exploreSingleFaults, shrink } from '../../../tools/sim/explore.ts';
import { PINNED } from '../../../tools/sim/pinned.ts';
import { randomSchedule } from '../../../tools/sim/random-schedule.ts';
import { type Schedule, simulate } from '../../../tools/sim/simulate.ts';
import { SCENARIOS } from '../../../tools/sim/story/scenarios.ts';
import { testDeployment } from './deployment.ts';

const deployment = testDeployment();

// Nobody reads the stacks of the errors that the code throws on its way, and making them takes a tenth of the time.
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

describe('every single fault', () => {
  it.each(SCENARIOS)('breaks no promise: $name', async (scenario) => {
    const { count, findings } = await exploreSingleFaults(scenario, 1, deployment);
    expect(count).toBeGreaterThan(20);
    const [first] = findings;
    expect(first && describeFinding(await shrink(first, deployment))).toBeUndefined();
  });
});

describe('a schedule that once broke a promise', () => {
  it.each(PINNED)('keeps every promise: $name', async (schedule) => {
    const run = await simulate(schedule, deployment);
    expect(run.faults).toEqual(schedule.plan);
    expect(run.violations).toEqual([]);
  });
});

describe('a schedule', () => {
  it('is the same each time', async () => {
    const runs = [1, 2].map(() => simulate(randomSchedule(7), deployment, { isTraced: true }));
    const [one, other] = await Promise.all(runs);
    expect(one?.faults.length).toBeGreaterThan(0);
    expect(one?.trace?.length).toBeGreaterThan(50);
    expect(other).toEqual(one);
  });

  it('of a storm can be repeated by its faults', async () => {
    const schedule = randomSchedule(7);
    const storm = await simulate(schedule, deployment, { isTraced: true });
    const named = await simulate({ ...schedule, plan: storm.faults }, deployment, { isTraced: true });
    expect(named.trace).toEqual(storm.trace);
  });
});

describe('a schedule whose tables execute expressions of DynamoDB', () => {
  const SEEDS = Array.from({ length: 12 }, (_, n) => 100 + n);
  /** What happened, without how a request was refused. */
  const storyOf = async (schedule: Schedule, storesItems: boolean) => {
    const scenario = { ...schedule.scenario, storesItems };
    const { trace = [] } = await simulate({ ...schedule, scenario }, deployment, { isTraced: true });
    return trace.map((line) => line.replace(/ (?:is done|answers nothing|throws ConditionalCheckFailed\w+)$/, ''));
  };

  it.each(SEEDS)('tells the same story as one that executes transitions: seed %i', async (seed) => {
    const [items, entries] = await Promise.all([true, false].map((each) => storyOf(randomSchedule(seed), each)));
    expect(entries?.length).toBeGreaterThan(10);
    expect(items).toEqual(entries);
  });
});

describe('the harness', () => {
  const broken: Schedule = {
    scenario: { name: 'an outcome that nobody hears of', payments: { first: ['refused'] } },
    seed: 1,
    plan: [],
  };

  it('prints promise, seed, faults and trace of what it finds', async () => {
    const run = await simulate(broken, deployment);
    const violations = [{ invariant: 'each cycle has exactly one outcome', about: 'f0: none' }];
    const text = describeFinding({ schedule: broken, run: { ...run, violations } });
    expect(text).toContain('broken: each cycle has exactly one outcome (f0: none)');
    expect(text).toContain('seed: 1');
  });
});
