import { incidentStore } from '../../lambdas/adapters/escalation/incident-store.ts';
import type { Incident } from '../../lambdas/domain/escalation/incident.ts';
import { type AddCommand, example, listOf } from '../desk/command.ts';
import { laneOf } from '../desk/deployment.ts';
import type { Desk } from '../desk/desk.ts';
import { DeclinedError } from '../desk/mistakes.ts';
import { type Cell, type Printer, shortTime } from '../desk/printer.ts';

/** How operators name what is about no dependency. */
const ITSELF = 'backstop';

interface Options {
  readonly why?: string;
  readonly by?: string;
}

interface Listed extends Incident {
  /** Dependency, or `backstop`. */
  readonly of: string;
}

export const addIncidents: AddCommand = (program, open) => {
  const incidents = program
    .command('incidents')
    .description('What humans were told of and is not over: one incident for each cause.')
    .addHelpText('after', example('backstop incidents', "backstop incidents ack payments --why 'I am on it'"));
  listOf(incidents)
    .description('Lists the incidents that are not over, the most urgent first.')
    .addHelpText('after', example('backstop incidents ls'))
    .action(async (_, __, command) => list(await open(command)));
  incidents
    .command('ack')
    .argument('<of>', `a dependency, or ${ITSELF} for what is about Backstop itself`)
    .description(
      'Takes on the incidents of a dependency, so that nobody else is paged for them. Whatever else you do about it does so too.',
    )
    .option('--why <text>', 'why, for the audit trail: 1 to 500 characters (required)')
    .option('--by <name>', 'who takes them on, 1 to 100 characters (default: who you are at AWS)')
    .addHelpText('after', example("backstop incidents ack payments --why 'I am on the phone with the bank'"))
    .action(async (of: string, options: Options, command) => acknowledge(await open(command), of, options));
};

async function list(desk: Desk): Promise<void> {
  const found = await ongoing(desk, [...desk.deployment.lanes.map(({ name }) => name), ITSELF]);
  const sorted = found.sort((a, b) => (a.priority + a.firstAt < b.priority + b.firstAt ? -1 : 1));
  desk.print.result(sorted, (print) => tell(sorted, print));
}

async function ongoing({ clients, deployment }: Desk, of: readonly string[]): Promise<Listed[]> {
  const store = incidentStore({ client: clients.dynamodb, table: deployment.ledgerTable });
  const all = await Promise.all(
    of.map(async (name) => {
      const { state } = await store.read(name === ITSELF ? '' : name);
      return Object.values(state.incidents).map((incident) => ({ of: name, ...incident }));
    }),
  );
  return all.flat().filter(({ state }) => state !== 'resolved');
}

function tell(incidents: readonly Listed[], print: Printer): void {
  if (incidents.length === 0) {
    print.line('There is no incident.');
    return;
  }
  print.table(
    ['', 'of', 'state', 'count', 'first', 'last', 'what'],
    incidents.map((incident): Cell[] => [
      { text: incident.priority, style: incident.priority === 'P1' ? 'red' : 'yellow' },
      ...[incident.of, incident.state === 'open' ? 'open' : `taken on by ${incident.acknowledgedBy}`, incident.count],
      ...[shortTime(incident.firstAt), shortTime(incident.lastAt), incident.summary],
    ]),
  );
}

async function acknowledge(desk: Desk, of: string, { why, by }: Options): Promise<void> {
  if (of !== ITSELF) laneOf(desk.deployment, of);
  const open = (await ongoing(desk, [of])).filter(({ state }) => state === 'open');
  if (open.length === 0) throw new DeclinedError(`No incident of ${of} waits for somebody to take it on.`);
  const who = await desk.decide({
    action: 'incident-acknowledged',
    ...(of !== ITSELF && { dependency: of }),
    ...{ why, by },
    plan: [`Takes on ${open.length === 1 ? 'this incident' : `these ${open.length} incidents`} of ${of}:`]
      .concat(open.map(({ priority, summary }) => `  ${priority}: ${summary}`))
      .join('\n'),
  });
  desk.print.result({ of, acknowledged: open.map(({ cause }) => cause), by: who.by }, (print) =>
    print.line(`Taken on by ${who.by}. Whoever was paged learns of it within seconds.`),
  );
}
