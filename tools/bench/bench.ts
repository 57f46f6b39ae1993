import { bytesPerBreaker, resourcesOfOurs } from './bytes.ts';
import { hasBrowser, LETTERS, measureConsole } from './console-page.ts';
import { CONSECUTIVE, OURS, SAMPLING, TRY_CATCH, TRY_CATCH_AND_CLOCK } from './contestants.ts';
import { isClaim, needsOf, STANDARD_MACHINE } from './cost.ts';
import { dollars, dollarsOfWrite, type Needs } from './cost-meter.ts';
import { functionStarts, PEER_START } from './function-start.ts';
import { type HerdResult, leastPossibleMs, type Strategy } from './herd.ts';
import { herdMedians, SEEDS } from './herd-medians.ts';
import { CAPACITY_PER_SECOND, SCENARIOS, type Scenario } from './herd-scenarios.ts';
import { importTimes, type ModuleSystem, SYSTEMS } from './import-time.ts';
import { BARE, closedPath, closedPathTurnByTurn, failingPath, openPath, type Times } from './per-call.ts';
import {
  bytesInOneFile,
  CLIENT,
  FIRST_CALL,
  FIRST_REPORT,
  NOTHING,
  ONE_FILE,
  REPORT,
  REQUEST,
  startTimes,
} from './report-start.ts';
import { CALLS_PER_SECOND, type Health, PEER, type Requests, requestsPerCall } from './requests.ts';
import { type SynthTimes, synthGrowth, synthTimes } from './synth-time.ts';
import { atMost, figure, type Goal, type Line, printTable } from './table.ts';
import { benchTraffic } from './traffic-bench.ts';

const COMPARED: readonly Strategy[] = [
  'full jitter',
  'client throttling',
  'admission control',
  'AIMD',
  'gradient',
  'own breakers',
  'shared circuit',
];

console.log('Medians of one run; every figure stands beside its peer, measured in turns with it.');
await benchCalls();
await benchBytes();
await benchRequests();
for (const scenario of Object.keys(SCENARIOS) as Scenario[]) await benchHerd(scenario);
await benchTraffic();
await benchImport();
await benchSynth();
await benchReportStart();
await benchFunctionStart();
await benchConsole();
await benchCost();

async function benchCalls(): Promise<void> {
  const closed = await closedPath();
  const ratio = (peer: string) => of(closed, OURS) / of(closed, peer);
  const clocked = `${figure(ratio(TRY_CATCH_AND_CLOCK))} of try/catch with a look at the clock`;
  printCalls(`(a) A call through a closed circuit (limit: 1 ms; ours is ${clocked})`, closed, [
    atMost('of cockatiel', ratio(CONSECUTIVE), 0.7),
    atMost('of try/catch', ratio(TRY_CATCH), 1.15),
    atMost('ms', of(closed, OURS) / 1e6, 1),
  ]);
  const turnByTurn = await closedPathTurnByTurn();
  printCalls('The same, each call in a turn of the event loop of its own', turnByTurn, [
    atMost('of cockatiel', of(turnByTurn, OURS) / of(turnByTurn, CONSECUTIVE), 1),
  ]);
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
  for (const strategy of COMPARED) results.set(strategy, await herdMedians(strategy, scenario));
  const jitter = results.get('full jitter');
  const least = leastPossibleMs(SCENARIOS[scenario]);
  const lines = [...results].map(([what, result]): Line => {
    const times = [result.recoveryMs, result.nearlyMs, result.waitMs].map((ms) => ms / 1_000);
    const figures = [result.peakPerSecond, result.wasted, ...times, result.requestsPerSecond].map(figure);
    return { what, figures, goals: jitter && what === 'shared circuit' ? herdGoals(result, jitter, scenario) : [] };
  });
  const title = `(c) The herd, ${scenario} (least possible: ${figure(least / 1_000)} s), ${SEEDS.length} seeds`;
  const columns = ['peak/s', 'wasted', 'all served, s', '99 % served, s', 'median wait, s', 'requests/s'];
  printTable(title, columns, lines);
}

async function benchImport(): Promise<void> {
  for (const system of Object.keys(SYSTEMS) as ModuleSystem[]) {
    const { cdk, backstop } = await importTimes(system);
    const goals = [atMost('of the CDK alone', backstop / cdk, 1.5), atMost('ms more', backstop - cdk, 150)];
    printTable(
      `(g) The first import of '@backstop-cdk/backstop' in an app (${system}), time of computing`,
      ['of the CDK alone', 'ms'],
      [
        { what: 'the CDK, as Backstop uses it', figures: [figure(1), figure(cdk)] },
        { what: 'the same, through Backstop', figures: [figure(backstop / cdk), figure(backstop)], goals },
      ],
    );
  }
}

async function benchSynth(): Promise<void> {
  const validated = await synthTimes(10, true);
  const bare = await synthTimes(10, false);
  const cdk = (what: string, { cdk }: SynthTimes) => ({ what, figures: [figure(1), figure(cdk)] });
  const ratio = ({ cdk, backstop }: SynthTimes) => backstop / cdk;
  const own = (what: string, times: SynthTimes) => ({ what, figures: [figure(ratio(times)), figure(times.backstop)] });
  printTable(
    `(h) Synth of 10 dependencies, ${validated.resources} resources, time of computing`,
    ['of the CDK alone', 'ms'],
    [
      cdk('the same stacks by the CDK', validated),
      { ...own('Backstop', validated), goals: [atMost('of the CDK alone', ratio(validated), 1.15)] },
      cdk('by the CDK, templates not validated', bare),
      own('Backstop, templates not validated by the CDK', bare),
    ],
  );
  await benchSynthGrowth();
}

async function benchSynthGrowth(): Promise<void> {
  const counts = [10, 20, 40] as const;
  const [ten = 0, twenty = 0, forty = 0] = await synthGrowth(counts);
  const each = [(twenty - ten) / 10, (forty - twenty) / 20] as const;
  printTable(
    'The same by the number of dependencies',
    ['ms', 'ms each'],
    [
      { what: '10', figures: [figure(ten), ''] },
      { what: '20', figures: [figure(twenty), figure(each[0])] },
      {
        what: '40',
        figures: [figure(forty), figure(each[1])],
        goals: [atMost('of what each took before', each[1] / each[0], 1.2)],
      },
    ],
  );
}

async function benchReportStart(): Promise<void> {
  const times = await startTimes();
  const more = (what: string, without = NOTHING) => of(times, what) - of(times, without);
  const goals = [atMost('of what the client adds', more(REPORT) / more(CLIENT), 0.1)];
  const bytes = await bytesInOneFile();
  const ofOneFile = [
    atMost('of what the client adds', more(ONE_FILE) / more(CLIENT), 0.15),
    atMost('KB minified', bytes / 1_000, 190),
  ];
  printTable(
    "(i) What '@backstop-cdk/backstop/report' adds to the start of a function, time of computing",
    ['ms more'],
    [
      { what: CLIENT, figures: [figure(more(CLIENT))] },
      { what: REPORT, figures: [figure(more(REPORT))], goals },
      { what: ONE_FILE, figures: [figure(more(ONE_FILE))], goals: ofOneFile },
      { what: FIRST_CALL, figures: [figure(more(FIRST_CALL, REQUEST))] },
      { what: FIRST_REPORT, figures: [figure(more(FIRST_REPORT, REQUEST))] },
    ],
  );
}

async function benchFunctionStart(): Promise<void> {
  const times = await functionStarts();
  const lines = Object.entries(times).map(([what, ms]): Line => {
    const ratio = ms / of(times, PEER_START);
    const goals = what === PEER_START ? undefined : [atMost('of that', ratio, 0.55)];
    return { what, figures: [figure(ratio), figure(ms)], goals };
  });
  printTable('(l) The start of each function, time of computing', [`of ${PEER_START}`, 'ms'], lines);
}

function herdGoals(ours: HerdResult, jitter: HerdResult, scenario: Scenario): readonly Goal[] {
  const herd = SCENARIOS[scenario];
  if (scenario.startsWith('brownout')) return [atMost('s median wait', ours.waitMs / 1_000, 1)];
  const settled = herd.capacity(60_000);
  return [
    atMost('of least possible', ours.recoveryMs / leastPossibleMs(herd), 1.3),
    atMost('time, of full jitter', ours.recoveryMs / jitter.recoveryMs, 1),
    atMost('wasted, of full jitter', ours.wasted / jitter.wasted, 1 / 50),
    atMost('peak, of capacity', ours.peakPerSecond / Math.max(settled, CAPACITY_PER_SECOND / 50), 1.6),
  ];
}

function of(times: Times, name: string): number {
  return times[name] ?? Number.NaN;
}

async function benchConsole(): Promise<void> {
  if (!hasBrowser) return console.log('\nThe page of the console: not measured, since there is no /usr/bin/chromium');
  const { bytes, firstPaintMs, longestStallMs } = await measureConsole();
  printTable(
    `The page of the console, with ${LETTERS.toLocaleString('en-US')} dead letters`,
    ['figure'],
    [
      { what: 'compressed size, KB', figures: [figure(bytes / 1_024)], goals: [atMost('KB', bytes / 1_024, 150)] },
      { what: 'first paint, ms', figures: [figure(firstPaintMs)], goals: [atMost('ms', firstPaintMs, 300)] },
      { what: 'longest stall, ms', figures: [figure(longestStallMs)], goals: [atMost('ms', longestStallMs, 100)] },
    ],
  );
}

async function benchCost(): Promise<void> {
  const peer = dollars(STANDARD_MACHINE);
  const line = (what: string, needs: Needs, goals: readonly Goal[] = []): Line => {
    const { requests, writeUnits, readUnits, transitions, invocations } = needs;
    const cost = dollars(needs);
    const figures = [requests, writeUnits, readUnits, transitions, invocations, cost, cost / peer].map(figure);
    return { what, figures, goals };
  };
  const small = await needsOf(512);
  const lines = [
    line('a Standard machine for each', STANDARD_MACHINE),
    line('0.5 KB', small, [atMost('of the machine', dollars(small) / peer, 1 / 15)]),
  ];
  for (const kilobytes of [10, 100, 1_000]) {
    const bytes = kilobytes * 1_024;
    const needs = await needsOf(bytes);
    const ratio = (dollars(needs) - dollarsOfWrite(bytes, isClaim(bytes))) / dollars(small);
    lines.push(line(`${kilobytes} KB`, needs, [atMost('of 0.5 KB, without one write', ratio, 1.6)]));
  }
  const heads = [
    'requests',
    'write units',
    'read units',
    'transitions',
    'invocations',
    '$ a million',
    'of the machine',
  ];
  printTable('(k) What a failure costs, by the size of its body', heads, lines);
}
