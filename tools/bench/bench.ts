import { bytesPerBreaker, resourcesOfOurs } from './bytes.ts';
import { CONSECUTIVE, OURS, SAMPLING, TRY_CATCH, TRY_CATCH_AND_CLOCK } from './contestants.ts';
import { CAPACITY_PER_SECOND, type HerdResult, SCENARIOS, type Scenario, STRATEGIES, type Strategy } from './herd.ts';
import { herdMedians, SEEDS } from './herd-medians.ts';
import { BACKSTOP, CDK, importTimes } from './import-time.ts';
import { BARE, closedPath, closedPathTurnByTurn, failingPath, openPath, type Times } from './per-call.ts';
import { CALLS_PER_SECOND, type Health, PEER, type Requests, requestsPerCall } from './requests.ts';
import { atMost, figure, type Goal, type Line, printTable } from './table.ts';

/** Exceeds every duration in a scenario. */
const SETTLED_MS = 60_000;

console.log('Medians of one run; every figure stands beside its peer, measured in turns with it.');
await benchCalls();
await benchBytes();
await benchRequests();
for (const scenario of Object.keys(SCENARIOS) as Scenario[]) await benchHerd(scenario);
await benchImport();

async function benchCalls(): Promise<void> {
  const closed = await closedPath();
  const ratio = (peer: string) => of(closed, OURS) / of(closed, peer);
  const clocked = `${figure(ratio(TRY_CATCH_AND_CLOCK))} of try/catch with a look at the clock`;
  printCalls(`(a) A call through a closed circuit (limit: 1 ms; ours is ${clocked})`, closed, [
    atMost('of cockatiel', ratio(CONSECUTIVE), 0.7),
    atMost('of try/catch', ratio(TRY_CATCH), 1.15),
    atMost('ms', of(closed, OURS) / 1e6, 1),
  ]);
  printCalls('The same, each call in a turn of the event loop of its own', await closedPathTurnByTurn(), []);
  const open = await openPath();
  printCalls('A rejection by an open circuit, caught (limit: 0.1 ms)', open, [
    atMost('of cockatiel', of(open, OURS) / of(open, CONSECUTIVE), 0.25),
    atMost('ms', of(open, OURS) / 1e6, 0.1),
  ]);
  for (const calls of [100, 10_000]) {
    const failing = await failingPath(calls);
    const ratioOfSampling = figure(of(failing, OURS) / of(failing, SAMPLING));
    const title = `A failing call with ${calls.toLocaleString('en-US')} calls in the window (${ratioOfSampling} of cockatiel, sampling)`;
    printCalls(title, failing, []);
  }
}

function printCalls(title: string, times: Times, goals: readonly Goal[]): void {
  const lines = Object.entries(times).map(([what, time]): Line => {
    const figures = [figure(time / of(times, BARE)), figure(time)];
    return { what, figures, goals: what === OURS ? goals : undefined };
  });
  printTable(title, ['of a bare call', 'ns'], lines);
}

async function benchBytes(): Promise<void> {
  const resources = await resourcesOfOurs();
  const timers = resources.filter((resource) => resource === 'Timeout').length;
  const lines = Object.entries(await bytesPerBreaker()).map(([what, bytes]): Line => {
    const goals = [atMost('bytes', bytes, 200), atMost('timers', timers, 0)];
    return { what, figures: [figure(bytes)], goals: what === OURS ? goals : undefined };
  });
  printTable('Memory of a breaker after one call (limit: 1 KB)', ['bytes'], lines);
}

async function benchRequests(): Promise<void> {
  const line = (what: string, { reads, writes, units }: Requests, goals: readonly Goal[] = []): Line => ({
    what,
    figures: [reads, writes, units].map(figure),
    goals,
  });
  const lines = [line("circuitbreaker-lambda's pattern", PEER)];
  for (const health of ['closed', 'failing', 'open'] as Health[]) {
    const requests = await requestsPerCall(health);
    const goals = [
      atMost('requests', requests.reads + requests.writes, 0.01),
      // The only write is one flush per second.
      atMost('writes a second', requests.writes * CALLS_PER_SECOND, 1),
    ];
    lines.push(line(`${OURS}, ${health}`, requests, health === 'closed' ? goals : []));
  }
  const title = `(b) Requests to the table per guarded call, ${CALLS_PER_SECOND} calls a second per instance (failing: 5 %)`;
  printTable(title, ['reads', 'writes', 'units'], lines);
}

async function benchHerd(scenario: Scenario): Promise<void> {
  const results = new Map<Strategy, HerdResult>();
  for (const strategy of Object.keys(STRATEGIES) as Strategy[])
    results.set(strategy, await herdMedians(strategy, scenario));
  const jitter = results.get('full jitter');
  const lines = [...results].map(([what, result]): Line => {
    const figures = [result.peakPerSecond, result.wasted, result.recoveryMs / 1_000, result.nearlyMs / 1_000].map(
      figure,
    );
    const goals = jitter && what === 'shared circuit' ? herdGoals(result, jitter, scenario) : [];
    return { what, figures, goals };
  });
  const title = `(c) The herd, ${scenario}: 10,000 clients, ${capacityOf(scenario)}, outages of 30 to 35 s, ${SEEDS.length} seeds`;
  printTable(title, ['peak/s', 'wasted', 'all served, s', '99 % served, s'], lines);
}

async function benchImport(): Promise<void> {
  const times = await importTimes();
  const [cdk, backstop] = [of(times, CDK), of(times, BACKSTOP)];
  const goals = [atMost('of the CDK alone', backstop / cdk, 1.5), atMost('ms more', backstop - cdk, 150)];
  printTable(
    "(d) The first import of 'backstop' in an app, time of computing",
    ['of the CDK alone', 'ms'],
    [
      { what: CDK, figures: [figure(1), figure(cdk)] },
      { what: BACKSTOP, figures: [figure(backstop / cdk), figure(backstop)], goals },
    ],
  );
}

function capacityOf(scenario: Scenario): string {
  const settled = SCENARIOS[scenario](SETTLED_MS);
  const isThereAtOnce = SCENARIOS[scenario](0) === settled;
  return `${isThereAtOnce ? '' : 'growing to '}${settled}/s`;
}

function herdGoals(ours: HerdResult, jitter: HerdResult, scenario: Scenario): readonly Goal[] {
  const recovery = ours.recoveryMs / jitter.recoveryMs;
  if (scenario !== 'base') {
    return [
      atMost('wasted, of full jitter', ours.wasted / jitter.wasted, 1),
      atMost('time, of full jitter', recovery, 1),
    ];
  }
  return [
    atMost('wasted, of full jitter', ours.wasted / jitter.wasted, 1 / 50),
    atMost('time, of full jitter', recovery, 0.85),
    atMost('peak, of capacity', ours.peakPerSecond / CAPACITY_PER_SECOND, 1.6),
  ];
}

function of(times: Times, name: string): number {
  return times[name] ?? Number.NaN;
}
