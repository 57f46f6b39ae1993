import { InvalidArgumentError, Option } from 'commander';
import { allCircuits } from '../../lambdas/adapters/circuit/all-circuits.ts';
import { DynamoDBCircuitStore } from '../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { CIRCUIT } from '../../lambdas/contract/names.ts';
import { DAY_MS, iso } from '../../lambdas/contract/time.ts';
import { shareOf } from '../../lambdas/domain/circuit/admission.ts';
import { circuitSubject } from '../../lambdas/domain/circuit/circuit-key.ts';
import type { Circuit } from '../../lambdas/domain/circuit/circuit-state.ts';
import { type CircuitSnapshot, INITIAL_SNAPSHOT, KEPT_SECONDS } from '../../lambdas/domain/circuit/circuit-store.ts';
import { effectiveCircuit } from '../../lambdas/domain/circuit/effective-circuit.ts';
import { tallySince } from '../../lambdas/domain/circuit/tally.ts';
import { MAX_DAYS } from '../../lambdas/use-cases/circuit/force-circuit.ts';
import { type AddCommand, example, listOf } from '../session/command.ts';
import { laneOf } from '../session/deployment.ts';
import { NotFoundError } from '../session/errors.ts';
import { incidentLines, incidentsBefore } from '../session/incidents.ts';
import { didYouMean } from '../session/nearest.ts';
import { span } from '../session/options.ts';
import { type Cell, type Style, shortTime } from '../session/printer.ts';
import type { Session } from '../session/session.ts';
import { shortSpan } from '../session/short-span.ts';

interface ForceOptions {
  readonly why?: string;
  readonly by?: string;
  readonly for: number;
}

const EXAMPLES = { open: 'planned maintenance', close: 'calls work, probes fail' } as const;

export const addCircuits: AddCommand = (program, open) => {
  const circuits = program
    .command('circuits')
    .description('List circuits, or force one open or closed.')
    .addHelpText(
      'after',
      example('backstop circuits', `backstop circuits open payments --why '${EXAMPLES.open}' --for 2h`),
    );
  listOf(circuits)
    .description('List every circuit with its state and recent calls; circuits that block calls come first.')
    .addHelpText('after', example('backstop circuits ls'))
    .action(async (_, command) => list(await open(command)));
  for (const to of ['open', 'close'] as const) {
    const state = to === 'open' ? 'open' : 'closed';
    circuits
      .command(to)
      .argument('<circuit>', 'dependency, or dependency/tenant where each tenant has its own circuit', circuitKey)
      .description(`Force the circuit ${state} for a limited time. After that, the circuit decides by itself again.`)
      .option('--why <text>', 'reason, shown with the circuit and in its event, 1 to 200 characters (required)')
      .option('--by <name>', 'a name to show beside your AWS identity, 1 to 100 characters')
      .addOption(
        new Option('--for <span>', `how long: a number followed by s, m, h or d, at most ${MAX_DAYS}d`)
          .argParser(span(1_000, MAX_DAYS * DAY_MS))
          .default(3_600_000, '1h'),
      )
      .addHelpText('after', example(`backstop circuits ${to} payments --why '${EXAMPLES[to]}' --for 2h`))
      .action(async (key: string, options: ForceOptions, command) => force(await open(command), key, to, options));
  }
  circuits
    .command('auto')
    .argument('<circuit>', 'dependency, or dependency/tenant', circuitKey)
    .description('Let a forced circuit decide by itself again. A forced-open circuit probes first.')
    .option('--why <text>', 'reason for the audit log, 1 to 500 characters (required)')
    .option('--by <name>', 'a name to show beside your AWS identity, 1 to 100 characters')
    .addHelpText('after', example("backstop circuits auto payments --why 'they are back'"))
    .action(async (key: string, options: Pick<ForceOptions, 'why' | 'by'>, command) =>
      release(await open(command), key, options),
    );
};

function circuitKey(text: string): string {
  if (CIRCUIT.test(text)) return text;
  const name = 'a lower-case letter, then at most 39 lower-case letters, digits or hyphens';
  throw new InvalidArgumentError(`Must be a dependency (${name}) or dependency/tenant.`);
}

async function list(session: Session): Promise<void> {
  const { clients, deployment, print } = session;
  const now = session.now();
  const known = await allCircuits({ client: clients.dynamodb, table: deployment.circuitsTable }, now);
  const unused = deployment.lanes.filter(
    ({ name }) => !known.some(({ key }) => circuitSubject(key).dependency === name),
  );
  const all = [...known, ...unused.map(({ name }) => ({ key: name, snapshot: INITIAL_SNAPSHOT }))].map(
    ({ key, snapshot }) => ({
      circuit: key,
      ...described(snapshot, now),
    }),
  );
  const sorted = all.sort((a, b) => rank(a) - rank(b) || (a.circuit < b.circuit ? -1 : 1));
  print.result(sorted, () => {
    print.records(
      ['circuit', 'state', 'for', 'calls', 'failed', 'effect'],
      sorted.map((row): Cell[] => [
        row.circuit,
        { text: row.state, style: STYLES[row.state] },
        lasting(row, now),
        row.successes + row.failures,
        row.failures,
        row.meaning,
      ]),
    );
  });
}

/** How long it has been so. An outage continues between two rounds of probes, though the circuit opens again. */
function lasting({ state, since, outageSince }: Described, now: number): string {
  const isDown = state === 'open' || state === 'half-open';
  const from = (isDown ? outageSince : undefined) ?? since;
  return from === undefined ? '' : shortSpan(now - Date.parse(from));
}

type Described = ReturnType<typeof described>;

/** Describes a circuit for humans and machines. */
function described({ circuit: stored, buckets }: CircuitSnapshot, now: number) {
  const circuit = effectiveCircuit(stored, now);
  const { successes, failures } = tallySince(buckets, now - KEPT_SECONDS * 1_000);
  return {
    state: circuit.kind,
    since: circuit.since > 0 ? iso(circuit.since) : undefined,
    outageSince: 'trippedAt' in circuit && circuit.trippedAt !== undefined ? iso(circuit.trippedAt) : undefined,
    until: 'until' in circuit ? iso(circuit.until) : undefined,
    by: 'by' in circuit ? circuit.by : undefined,
    why: 'reason' in circuit ? circuit.reason : undefined,
    successes,
    failures,
    meaning: meaning(circuit, now),
    share: circuit.kind === 'recovering' ? shareOf(circuit, now) : undefined,
  };
}

const STYLES = {
  closed: 'green',
  open: 'red',
  'half-open': 'yellow',
  recovering: 'yellow',
  'forced-open': 'red',
  'forced-closed': 'magenta',
} as const satisfies Readonly<Record<Circuit['kind'], Style>>;

function rank({ state }: Pick<Described, 'state'>): number {
  return ['forced-open', 'open', 'half-open', 'recovering', 'forced-closed', 'closed'].indexOf(state);
}

function meaning(circuit: Circuit, now: number): string {
  switch (circuit.kind) {
    case 'closed':
      return 'every call passes';
    case 'open':
      return circuit.until > now
        ? `no call passes for another ${shortSpan(circuit.until - now)}`
        : 'the next call is a probe';
    case 'half-open':
      return `probing: ${circuit.probes.filter(({ until }) => until > now).length} in flight, ${circuit.succeeded} succeeded`;
    case 'recovering':
      return 'a growing share of calls passes';
    case 'forced-open':
    case 'forced-closed': {
      const calls = circuit.kind === 'forced-open' ? 'no call passes' : 'every call passes';
      return `${calls} until ${shortTime(circuit.until)}, by ${circuit.by}: ${circuit.reason}`;
    }
    default:
      return circuit satisfies never;
  }
}

async function force(session: Session, key: string, action: 'open' | 'close', options: ForceOptions): Promise<void> {
  await mustExist(session, key);
  const to = action === 'open' ? 'open' : 'closed';
  const effect =
    to === 'open' ? 'No call passes; failures wait and lose no attempt.' : 'Every call passes, however many fail.';
  const said = await session.confirm({
    why: options.why,
    by: options.by,
    plan: [
      `Force the circuit of ${key} ${to} for ${shortSpan(options.for)}. ${effect}`,
      ...(await incidentsOf(session, key, 'circuit-forced')),
    ],
  });
  const { snapshot } = await session.desk('force-circuit', { ...said, circuit: key, to, forMs: options.for });
  tell(session, key, snapshot);
}

async function release(session: Session, key: string, { why, by }: Pick<ForceOptions, 'why' | 'by'>): Promise<void> {
  await mustExist(session, key);
  const incidents = await incidentsOf(session, key, 'circuit-released');
  const said = await session.confirm({
    why,
    by,
    plan: [`Let the circuit of ${key} decide by itself again.`, ...incidents],
  });
  const { snapshot } = await session.desk('release-circuit', { ...said, circuit: key });
  tell(session, key, snapshot);
}

async function incidentsOf(session: Session, key: string, action: 'circuit-forced' | 'circuit-released') {
  return incidentLines(await incidentsBefore(session, circuitSubject(key).dependency, { action }));
}

/** @throws NotFoundError if no call has used the circuit: forcing a mistyped name would have no effect */
async function mustExist({ clients, deployment, now }: Session, key: string): Promise<void> {
  const store = new DynamoDBCircuitStore({ client: clients.dynamodb, table: deployment.circuitsTable });
  const { dependency, tenant } = circuitSubject(key);
  laneOf(deployment, dependency);
  const { version, traffic } = await store.read(key, now());
  if (tenant !== undefined && version + traffic === 0) {
    const known = await allCircuits({ client: clients.dynamodb, table: deployment.circuitsTable }, now());
    const names = known.map((each) => each.key).filter((each) => circuitSubject(each).dependency === dependency);
    throw new NotFoundError(
      `Circuit ${key} has had no calls so far. Check the tenant, and that each tenant has its own circuit (perTenant).${didYouMean(key, names)}`,
    );
  }
}

function tell({ print, now }: Session, circuit: string, snapshot: CircuitSnapshot): void {
  const row = { circuit, ...described(snapshot, now()) };
  print.result(row, () =>
    print.line(`${circuit} is `, { text: row.state, style: STYLES[row.state] }, `: ${row.meaning}`),
  );
}
