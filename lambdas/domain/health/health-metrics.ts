import { circuitSubject } from '../circuit/circuit-key.ts';
import type { Circuit } from '../circuit/circuit-state.ts';
import type { StoredCircuit } from '../circuit/circuit-store.ts';
import type { Backlog } from '../ledger/pending-shard.ts';
import { circuitReport } from './health-report.ts';
import type { Family, Sample } from './prometheus.ts';

/** Message counts of one queue. */
export interface QueueCount {
  /** Dependency of the lane. Absent for shared queues. */
  readonly lane?: string;
  /** Kind of queue: `lane`, `ordered`, `dead-letters`, `rejects` and so on. */
  readonly queue: string;
  readonly waiting: number;
  readonly inFlight: number;
}

/** Current state of circuits, queues and ledger. */
interface Observations {
  /** Name of the pipeline. */
  readonly service: string;
  readonly dependencies: readonly string[];
  readonly circuits: readonly StoredCircuit[];
  readonly queues: readonly QueueCount[];
  readonly backlog: Backlog;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Limit of circuits per scrape, since each tenant may have its own. */
const MAX_CIRCUITS = 500;

const STATES: Readonly<Record<Circuit['kind'], number>> = {
  closed: 0,
  'forced-closed': 0,
  open: 1,
  'forced-open': 1,
  'half-open': 2,
  recovering: 3,
};

/** The metrics served at `/metrics`. */
export function healthMetrics(observations: Observations): readonly Family[] {
  return [...circuitMetrics(observations), ...queueMetrics(observations), ...backlogMetrics(observations)];
}

function circuitMetrics({ service, dependencies, circuits, now }: Observations): readonly Family[] {
  const known = circuits
    .filter(({ key }) => dependencies.includes(circuitSubject(key).dependency))
    .slice(0, MAX_CIRCUITS);
  const reports = known.map(({ key, snapshot }) => ({ key, report: circuitReport(snapshot, now), snapshot }));
  const unused = dependencies.filter((name) => !known.some(({ key }) => key === name));
  const breaker = (key: string) => ({ service, breaker: key });
  return [
    {
      name: 'circuit_breaker_state',
      type: 'gauge',
      help: 'State of a circuit: 0 closed, 1 open, 2 half-open, 3 recovering. A forced circuit counts as the forced state.',
      samples: [
        ...reports.map(({ key, report }) => ({ labels: breaker(key), value: STATES[report.state] })),
        ...unused.map((name) => ({ labels: breaker(name), value: 0 })),
      ],
    },
    {
      name: 'circuit_breaker_forced',
      type: 'gauge',
      help: 'Whether an operator forced the state of the circuit: 1 if so.',
      samples: reports.map(({ key, report }) => ({
        labels: breaker(key),
        value: report.state.startsWith('forced') ? 1 : 0,
      })),
    },
    {
      name: 'circuit_breaker_calls',
      type: 'gauge',
      help: 'Calls in the last minute, counted since the circuit entered its state.',
      samples: reports.flatMap(({ key, report: { counts } }): Sample[] => [
        { labels: { ...breaker(key), result: 'success' }, value: counts.totalSuccesses },
        { labels: { ...breaker(key), result: 'failure' }, value: counts.totalFailures },
      ]),
    },
    {
      name: 'circuit_breaker_requests_total',
      type: 'counter',
      help: 'Calls in total, without durable retries.',
      samples: reports.map(({ key, snapshot }) => ({ labels: breaker(key), value: snapshot.traffic })),
    },
  ];
}

function queueMetrics({ queues }: Observations): readonly Family[] {
  return [
    {
      name: 'backstop_queue_messages',
      type: 'gauge',
      help: 'Messages that wait in a queue or are in flight, as approximated by SQS.',
      samples: queues.flatMap(({ lane, queue, waiting, inFlight }): Sample[] => {
        const labels = { ...(lane !== undefined && { lane }), queue };
        return [
          { labels: { ...labels, state: 'waiting' }, value: waiting },
          { labels: { ...labels, state: 'in_flight' }, value: inFlight },
        ];
      }),
    },
  ];
}

function backlogMetrics({ backlog }: Observations): readonly Family[] {
  return [
    {
      name: 'backstop_failures_open',
      type: 'gauge',
      help: 'Failures without an outcome or with an unpublished one, except those that wait for a human.',
      samples: [{ value: backlog.open }],
    },
    {
      name: 'backstop_questions_open',
      type: 'gauge',
      help: 'Conflicts that wait for a human decision.',
      samples: [{ value: backlog.questions }],
    },
  ];
}
