import type {
  Acknowledges,
  CircuitRow,
  FailureRow,
  Incident,
  LaneRow,
  Letter,
  Status,
  Story,
} from '../../../bin/console/page/documents.ts';

/** Dead letters of the payments. */
export const LETTERS = 35;
/** Those of them that the dependency has refused. */
export const REFUSED = ['pay-0', 'pay-7', 'pay-14', 'pay-21', 'pay-28'];
/** Those of them with a step that nothing has undone. The incident names two of them. */
const HALF_DONE = ['pay-7', 'pay-14', 'pay-28'];
const HELD = 208;
const MINUTE_MS = 60_000;

/** What the tool prints, by command. */
export function documentsOf(now: number) {
  const ago = (minutes: number) => new Date(now - minutes * MINUTE_MS).toISOString();
  const incidents = incidentsOf(ago);
  const [unreachable, permanent] = incidents;
  const acknowledges: Acknowledges = {
    acknowledges: permanent ? [permanent] : [],
    keeps: unreachable ? [unreachable] : [],
  };
  const rows = Array.from({ length: LETTERS }, (_, at) => rowOf(at, ago(30 + at * 11)));
  return {
    status: statusOf(ago(0)),
    incidents,
    acknowledges,
    circuits: circuitsOf(ago),
    story: storyOf(ago),
    letter: LETTER,
    degraded: degradedOf(ago),
    quote: QUOTE,
    plan: {
      matched: LETTERS,
      isWhole: true,
      hidden: 0,
      spent: 2,
      counts: { exhausted: 30, 'unknown-result': 5 },
      stepsLeft: HALF_DONE,
      ...acknowledges,
    },
    redriven: REDRIVEN,
    failures: (args: readonly string[]) => {
      if (isAboutRun(args)) return { failures: rows.slice(0, 2), total: 2, isWhole: true };
      const isDead = args.includes('--status=dead');
      if (isDead) return { failures: rows };
      // The first page of a search by text has no match, as it is with large ledgers.
      if (args.some((arg) => arg.startsWith('--text='))) {
        const found = rows.slice(args.includes('--until=1h') ? 1 : 0, 3);
        return args.includes('--page=start') ? { failures: [], next: 'second' } : { failures: found };
      }
      return { failures: args.includes('--page=start') ? rows : [], next: 'more' };
    },
  };
}

const REDRIVEN = {
  queue: 'payments',
  end: 'done',
  moved: LETTERS,
  matched: LETTERS,
  left: 0,
  newer: 0,
  outcomes: {
    moved: LETTERS,
    healed: LETTERS - 1,
    died: 1,
    underWay: 0,
    deaths: [{ reason: 'permanent', rule: 'http-bad-request', count: 1, ids: ['pay-7'] }],
    summary: '34 healed, 1 died again (permanent: status: 422)',
  },
};

function incidentsOf(ago: (minutes: number) => string): readonly Incident[] {
  const common = { state: 'open', lastAt: ago(1) } as const;
  return [
    {
      ...common,
      of: 'payments',
      cause: 'unreachable',
      priority: 'P2',
      summary: 'payments keeps failing: its circuit is open and blocks calls',
      action: 'Act in working hours: check the dependency, and leave the circuit alone',
      byItself: 'Backstop holds the failures, probes the dependency, and continues when it answers',
      count: 3,
      firstAt: ago(41),
    },
    {
      ...common,
      of: 'payments',
      cause: 'permanent:http-bad-request',
      priority: 'P2',
      summary: 'Failures of payments became dead letters: permanent (rule http-bad-request)',
      action: 'Act in working hours: repair the cause, then redrive or discard the dead letters',
      byItself: 'Nothing. Another attempt would fail the same way. Dead letters wait 14 days',
      count: 5,
      firstAt: ago(300),
    },
    {
      ...common,
      of: 'payments',
      cause: 'undo-incomplete',
      priority: 'P1',
      state: 'acknowledged',
      acknowledgedBy: 'ana',
      summary: 'Undo incomplete after failures of payments: some completed steps are still in effect',
      action: 'Act now: see which steps are left',
      count: 2,
      firstAt: ago(31),
      samples: [{ failureId: 'pay-7' }, { failureId: 'pay-14' }],
    },
    ...['permanent:http-bad-request', 'conflict:http-conflict'].map((cause) => ({
      ...common,
      of: 'orders',
      cause,
      priority: 'P2' as const,
      summary: `Failures of orders became dead letters: ${cause.replace(':', ' (rule ')})`,
      action: 'Act in working hours: repair the cause, then redrive or discard the dead letters',
      count: 1,
      firstAt: ago(600),
    })),
  ];
}

function circuitsOf(ago: (minutes: number) => string): readonly CircuitRow[] {
  const calls = { successes: 120, failures: 0 };
  return [
    {
      circuit: 'payments',
      state: 'open',
      since: ago(2),
      outageSince: ago(41),
      successes: 0,
      failures: 5,
      meaning: 'no call passes for another 1 s',
    },
    { circuit: 'orders', state: 'closed', ...calls, meaning: 'every call passes' },
    {
      circuit: 'rates',
      state: 'closed',
      since: ago(4),
      outageSince: ago(90),
      ...calls,
      meaning: 'every call passes',
    },
  ];
}

function statusOf(at: string): Status {
  const counts = { running: 0, held: 0, decision: 0, undoing: 0, dead: 0 };
  const lane = (name: string, change: Partial<LaneRow['counts']>): LaneRow => ({
    lane: name,
    paused: false,
    outcomes: {},
    circuits: [],
    counts: { ...counts, ...change },
    unclaimed: 0,
  });
  return {
    stack: 'Shop',
    region: 'eu-west-1',
    at,
    alarms: ['Shop-PaymentsCircuitOpen'],
    lanes: [
      lane('orders', { dead: 2 }),
      lane('payments', { held: HELD, dead: LETTERS }),
      lane('rates', { running: 3, held: 9 }),
    ],
    queues: { Rejects: 0, LastResort: 0, Parked: 0, AlertDeadLetters: 0 },
    open: HELD + 12,
    questions: 0,
    counts: { ...counts, running: 3, held: HELD + 9, dead: LETTERS + 2, total: HELD + 12 + LETTERS + 2, isExact: true },
  };
}

function rowOf(at: number, settledAt: string): FailureRow {
  const isRefused = at % 7 === 0;
  return {
    id: at === 1 ? 'outage-2026-03-01-payment-0001' : `pay-${at}`,
    correlationId: `order-${at}`,
    dependency: 'payments',
    status: 'dead',
    where: 'in the dead-letter queue of its lane',
    reason: isRefused ? 'permanent' : 'exhausted',
    rule: isRefused ? 'http-bad-request' : 'http-unavailable',
    statusCode: isRefused ? 422 : 503,
    ...(HALF_DONE.includes(`pay-${at}`) && { compensation: 'incomplete' }),
    verdict: isRefused ? 'permanent' : 'transient',
    attempts: 4,
    cycle: 1,
    receivedAt: settledAt,
    settledAt,
    excerpt: isRefused ? 'status: 422' : `upstream ${at} does not answer, status: 503`,
  };
}

function storyOf(ago: (minutes: number) => string): Story {
  return {
    id: 'pay-7',
    correlationId: 'order-7',
    dependency: 'payments',
    priority: 'P2',
    cycle: 1,
    state: 'settled',
    tier: 'warm',
    outcome: 'dead-lettered',
    reason: 'permanent',
    attempts: 2,
    verdict: 'permanent',
    category: 'data-integrity',
    rule: 'http-bad-request',
    occurredAt: ago(50.01),
    receivedAt: ago(50),
    settledAt: ago(30),
    deadline: ago(-300),
    where: 'in the dead-letter queue of its lane: permanent',
    excerpt: 'status: 422',
    trail: [
      { at: ago(50), step: 'received', statusCode: 503 },
      { at: ago(49.998), step: 'attempt-failed', attempt: 1, tier: 'hot', statusCode: 503 },
      { at: ago(49.994), step: 'attempt-failed', attempt: 2, tier: 'hot', statusCode: 503 },
      { at: ago(49.993), step: 'handed-over', attempts: 2 },
      { at: ago(41), step: 'held', because: 'circuit', until: ago(40) },
      { at: ago(31.2), step: 'attempt-failed', attempt: 3, tier: 'warm', statusCode: 422 },
      { at: ago(31.19), step: 'undo-begun', reason: 'permanent', steps: 2 },
      { at: ago(31), step: 'undo-failed', dependency: 'carrier', statusCode: 410 },
      { at: ago(30), step: 'settled', outcome: 'dead-lettered' },
    ],
    links: {},
  };
}

function degradedOf(ago: (minutes: number) => string): Story {
  return {
    ...storyOf(ago),
    id: 'quote-1',
    correlationId: 'cart-1',
    dependency: 'rates',
    outcome: 'degraded',
    where: 'settled: degraded',
    reason: 'deadline',
    verdict: 'transient',
    category: 'external-dependency',
    rule: 'http-unavailable',
    excerpt: 'upstream does not answer, status: 503',
    trail: [
      { at: ago(50), step: 'received', statusCode: 503 },
      { at: ago(49), step: 'held', because: 'circuit' },
      { at: ago(30), step: 'settled', outcome: 'degraded', fallback: 'last-good' },
    ],
  };
}

const LETTER: Letter = {
  id: 'pay-7',
  queue: 'payments',
  dependency: 'payments',
  compensation: 'incomplete',
  operation: { method: 'POST', path: '/charges', body: { amount: 5, cardToken: '***' } },
  undo: [
    { name: 'reserve', dependency: 'stock', state: 'done', statusCode: 200, attempts: 1 },
    {
      name: 'ship',
      dependency: 'carrier',
      state: 'failed',
      because: 'permanent',
      rule: 'http-gone',
      statusCode: 410,
      attempts: 3,
    },
  ],
  advice: { text: 'Some completed steps are NOT undone (see above).', redrive: true },
};

const QUOTE: Letter = {
  id: 'quote-1',
  dependency: 'rates',
  compensation: 'none',
  operation: { method: 'GET', path: '/rates/EUR' },
  answer: { fallback: 'last-good', statusCode: 200, ageMs: 60_000, body: { rate: 1.08, apiToken: '***' } },
};

/** Whether a search is for what has arrived since a run began. */
function isAboutRun(args: readonly string[]): boolean {
  return args.some((arg) => arg.startsWith('--dead-since='));
}
