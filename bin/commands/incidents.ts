import { incidentStore } from '../../lambdas/adapters/escalation/incident-store.ts';
import type { Incident } from '../../lambdas/domain/escalation/incident.ts';
import { adviceOn, type IncidentAdvice } from '../../lambdas/domain/escalation/incident-advice.ts';
import { type AddCommand, example, listOf } from '../session/command.ts';
import { laneOf } from '../session/deployment.ts';
import { DeclinedError } from '../session/errors.ts';
import type { Cell, Printer } from '../session/printer.ts';
import type { Session } from '../session/session.ts';
import { shortSpan } from '../session/short-span.ts';

/** The operator's name for incidents of Backstop itself. */
const ITSELF = 'backstop';

interface Options {
  readonly why?: string;
  readonly by?: string;
}

interface Listed extends Incident, IncidentAdvice {
  /** Dependency, or `backstop`. */
  readonly of: string;
}

export const addIncidents: AddCommand = (program, open) => {
  const incidents = program
    .command('incidents')
    .description('List open incidents, one for each cause, or acknowledge them.')
    .addHelpText('after', example('backstop incidents', "backstop incidents ack payments --why 'I am on it'"));
  listOf(incidents)
    .description('List open incidents, most urgent first.')
    .addHelpText('after', example('backstop incidents ls'))
    .action(async (_, command) => list(await open(command)));
  incidents
    .command('ack')
    .argument('<dependency>', `dependency, or ${ITSELF} for incidents of Backstop itself`)
    .description(
      'Acknowledge the incidents of a dependency, so that nobody else is paged. Any other action on the dependency acknowledges them too.',
    )
    .option('--why <text>', 'reason for the audit log, 1 to 500 characters (required)')
    .option('--by <name>', 'a name to show beside your AWS identity, 1 to 100 characters')
    .addHelpText('after', example("backstop incidents ack payments --why 'I am on the phone with the bank'"))
    .action(async (of: string, options: Options, command) => acknowledge(await open(command), of, options));
};

async function list(session: Session): Promise<void> {
  const found = await ongoing(session, [...session.deployment.lanes.map(({ name }) => name), ITSELF]);
  const sorted = found.sort((a, b) => (a.priority + a.firstAt < b.priority + b.firstAt ? -1 : 1));
  session.print.result(sorted, (print) => tell(sorted, print, session));
}

async function ongoing({ clients, deployment }: Session, of: readonly string[]): Promise<Listed[]> {
  const store = incidentStore({ client: clients.dynamodb, table: deployment.ledgerTable });
  const all = await Promise.all(
    of.map(async (name) => {
      const { state } = await store.read(name === ITSELF ? '' : name);
      return Object.values(state.incidents).map((incident) => ({
        of: name,
        ...incident,
        ...adviceOn(incident, false),
      }));
    }),
  );
  return all.flat().filter(({ state }) => state !== 'resolved');
}

function tell(incidents: readonly Listed[], print: Printer, { now, command }: Session): void {
  if (incidents.length === 0) {
    print.line('No open incidents.');
    return;
  }
  print.records(
    ['', 'dependency', 'state', 'count', 'open for', 'last', 'summary and action'],
    incidents.map((incident): Cell[] => [
      { text: incident.priority, style: incident.priority === 'P1' ? 'red' : 'yellow' },
      incident.of,
      incident.state === 'open' ? 'open' : `acknowledged by ${incident.acknowledgedBy}`,
      incident.count,
      shortSpan(now() - Date.parse(incident.firstAt)),
      `${shortSpan(now() - Date.parse(incident.lastAt))} ago`,
      `${incident.summary.replace(/\.$/, '')}. ${incident.action}`,
    ]),
  );
  if (incidents.some(({ state }) => state === 'open')) {
    print.line();
    print.line(`  next: ${command("incidents ack DEPENDENCY --why '…'")}`);
  }
}

async function acknowledge(session: Session, of: string, { why, by }: Options): Promise<void> {
  if (of !== ITSELF) laneOf(session.deployment, of);
  const open = (await ongoing(session, [of])).filter(({ state }) => state === 'open');
  if (open.length === 0) throw new DeclinedError(`No open incident of ${of} to acknowledge.`);
  const said = await session.confirm({
    why,
    by,
    plan: [
      `Acknowledge ${open.length === 1 ? 'this incident' : `these ${open.length} incidents`} of ${of}:`,
      ...open.map(({ priority, summary }) => `  ${priority}: ${summary}`),
    ],
  });
  const { by: signed } = await session.desk('acknowledge', { ...said, dependency: of === ITSELF ? undefined : of });
  session.print.result({ of, acknowledged: open.map(({ cause }) => cause), by: signed }, (print) =>
    print.line(`Acknowledged by ${signed}. Paging services learn of it within seconds.`),
  );
}
