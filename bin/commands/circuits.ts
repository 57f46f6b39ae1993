import { InvalidArgumentError, Option } from 'commander';
import { allCircuits } from '../../lambdas/adapters/circuit/all-circuits.ts';
import { DynamoDBCircuitStore } from '../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../../lambdas/contract/circuit-policy.ts';
import { type Circuit, effectiveCircuit } from '../../lambdas/domain/circuit/circuit.ts';
import { circuitSubject } from '../../lambdas/domain/circuit/circuit-key.ts';
import { type CircuitSnapshot, INITIAL_SNAPSHOT, KEPT_SECONDS } from '../../lambdas/domain/circuit/circuit-store.ts';
import { tallySince } from '../../lambdas/domain/circuit/tally.ts';
import { forceCircuit, MAX_DAYS, releaseCircuit } from '../../lambdas/use-cases/circuit/force-circuit.ts';
import { type AddCommand, example, listOf } from '../desk/command.ts';
import { laneOf } from '../desk/deployment.ts';
import type { Desk } from '../desk/desk.ts';
import { NotFoundError } from '../desk/mistakes.ts';
import { span } from '../desk/options.ts';
import { type Cell, type Style, shortSpan, shortTime } from '../desk/printer.ts';

const DAY_MS = 86_400_000;

const CIRCUIT = /^[a-z][a-z0-9-]{0,39}(\/[\w.-]{1,64})?$/;

interface ForceOptions {
  readonly why?: string;
  readonly by?: string;
  readonly for: number;
}

export const addCircuits: AddCommand = (program, open) => {
  const circuits = program
    .command('circuits')
    .description('The circuits that keep calls from what is down: list them, or decide for a while.')
    .addHelpText(
      'after',
      example('backstop circuits', "backstop circuits open payments --why 'they move house' --for 2h"),
    );
  listOf(circuits)
    .description('Lists every circuit with its state and what was counted lately, those that hold back calls first.')
    .addHelpText('after', example('backstop circuits ls'))
    .action(async (_, __, command) => list(await open(command)));
  for (const to of ['open', 'close'] as const) {
    const effect = to === 'open' ? 'no call passes' : 'every call passes';
    circuits
      .command(to)
      .argument(
        '<circuit>',
        'a dependency, or dependency/tenant where each tenant has a circuit of its own',
        circuitKey,
      )
      .description(`Decides that ${effect}, for a while; then the circuit goes on by itself.`)
      .option('--why <text>', 'why, for whoever reads of it: 1 to 200 characters (required)')
      .option('--by <name>', 'who decides, 1 to 64 characters (default: who you are at AWS)')
      .addOption(
        new Option('--for <span>', `how long: a number and s, m, h or d, at most ${MAX_DAYS}d`)
          .argParser(span(1_000, MAX_DAYS * DAY_MS))
          .default(3_600_000, '1h'),
      )
      .addHelpText('after', example(`backstop circuits ${to} payments --why 'they move house' --for 2h`))
      .action(async (key: string, options: ForceOptions, command) => force(await open(command), key, to, options));
  }
  circuits
    .command('auto')
    .argument('<circuit>', 'a dependency, or dependency/tenant', circuitKey)
    .description('Lets a circuit decide by itself again. One that was forced open makes probes first.')
    .option('--why <text>', 'why: 1 to 500 characters (required)')
    .option('--by <name>', 'who decides (default: who you are at AWS)')
    .addHelpText('after', example("backstop circuits auto payments --why 'they are back'"))
    .action(async (key: string, options: Pick<ForceOptions, 'why' | 'by'>, command) =>
      release(await open(command), key, options),
    );
};

function circuitKey(text: string): string {
  if (CIRCUIT.test(text)) return text;
  const name = 'a lower-case letter, then at most 39 lower-case letters, digits or hyphens';
  throw new InvalidArgumentError(`It must be a dependency (${name}), or dependency/tenant.`);
}

async function list(desk: Desk): Promise<void> {
  const { clients, deployment, print } = desk;
  const now = desk.now();
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
    print.table(
      ['circuit', 'state', 'since', 'calls', 'failed', 'what that means'],
      sorted.map((row): Cell[] => [
        ...[row.circuit, { text: row.state, style: STYLES[row.state] }],
        ...[
          row.since === undefined ? '' : shortTime(row.since),
          row.successes + row.failures,
          row.failures,
          row.meaning,
        ],
      ]),
    );
  });
}

type Described = ReturnType<typeof described>;

/** What a circuit says, for humans and machines. */
export function described({ circuit: stored, buckets }: CircuitSnapshot, now: number) {
  const circuit = effectiveCircuit(stored, now);
  const { successes, failures } = tallySince(buckets, now - KEPT_SECONDS * 1_000);
  return {
    state: circuit.kind,
    ...(circuit.since > 0 && { since: new Date(circuit.since).toISOString() }),
    ...('until' in circuit && { until: new Date(circuit.until).toISOString() }),
    ...((circuit.kind === 'forced-open' || circuit.kind === 'forced-closed') && {
      by: circuit.by,
      why: circuit.reason,
    }),
    successes,
    failures,
    meaning: meaning(circuit, now),
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
        : 'the next call that comes is a probe';
    case 'half-open':
      return `probes under way ${circuit.probes.filter(({ until }) => until > now).length}, succeeded ${circuit.succeeded}`;
    case 'recovering':
      return 'a share of the calls passes, which grows';
    case 'forced-open':
    case 'forced-closed': {
      const calls = circuit.kind === 'forced-open' ? 'no call passes' : 'every call passes';
      return `${calls} until ${shortTime(circuit.until)}, by ${circuit.by}: ${circuit.reason}`;
    }
    default:
      return circuit satisfies never;
  }
}

async function force(desk: Desk, key: string, action: 'open' | 'close', options: ForceOptions): Promise<void> {
  const context = await contextOf(desk, key);
  const to = action === 'open' ? 'open' : 'closed';
  const effect =
    to === 'open'
      ? 'No call to it passes; failures wait and lose no attempt.'
      : 'Every call passes, however many fail.';
  const { by, why } = await desk.decide({
    action: 'circuit-forced',
    dependency: circuitSubject(key).dependency,
    why: options.why,
    by: options.by,
    facts: { circuit: key, to, forMs: options.for },
    plan: `Forces the circuit of ${key} ${to} for ${shortSpan(options.for)}. ${effect}`,
  });
  const now = desk.now();
  tell(desk, key, await forceCircuit(key, { to, reason: why, by, until: now + options.for }, { ...context, now }));
}

async function release(desk: Desk, key: string, { why, by }: Pick<ForceOptions, 'why' | 'by'>): Promise<void> {
  const context = await contextOf(desk, key);
  await desk.decide({
    ...{ action: 'circuit-released', dependency: circuitSubject(key).dependency, why, by },
    facts: { circuit: key },
    plan: `Lets the circuit of ${key} decide by itself again.`,
  });
  tell(desk, key, await releaseCircuit(key, { ...context, now: desk.now() }));
}

/** @throws NotFoundError where nobody knows such a circuit: a mistyped name would otherwise be decided for without effect */
async function contextOf({ clients, deployment, now }: Desk, key: string) {
  const store = new DynamoDBCircuitStore({ client: clients.dynamodb, table: deployment.circuitsTable });
  const { dependency, tenant } = circuitSubject(key);
  laneOf(deployment, dependency);
  const { version, traffic } = await store.read(key, now());
  if (tenant !== undefined && version + traffic === 0) {
    throw new NotFoundError(
      `Nobody has used the circuit ${key} so far: is that the name of the tenant, and has each one a circuit of its own?`,
    );
  }
  // What else the policy says means nothing to a decision, and the outbox of the table tells of the change.
  return { store, watcher: { changed: () => undefined, unreachable: () => undefined }, policy: DEFAULT_CIRCUIT_POLICY };
}

function tell({ print, now }: Desk, circuit: string, snapshot: CircuitSnapshot): void {
  const row = { circuit, ...described(snapshot, now()) };
  print.result(row, () => print.line(`${circuit} is ${print.style(STYLES[row.state], row.state)}: ${row.meaning}`));
}
