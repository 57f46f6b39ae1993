import { Argument } from 'commander';
import type { OperatorAction } from '../../lambdas/contract/operator-actions.ts';
import { UNREACHABLE } from '../../lambdas/domain/escalation/cause.ts';
import { ITSELF, type OpenIncident } from '../../lambdas/use-cases/escalation/open-incidents.ts';
import type { CountedFailures } from '../../lambdas/use-cases/ledger/failure-counts.ts';
import { type AddCommand, example, listOf } from '../session/command.ts';
import { countedFailures, failuresText } from '../session/counted-failures.ts';
import { addFilter, type FilterOptions, filterOf } from '../session/dead-letters.ts';
import { laneOf } from '../session/deployment.ts';
import { DeclinedError } from '../session/errors.ts';
import {
  allIncidents,
  incidentLines,
  incidentsBefore,
  incidentsOf,
  lookInto,
  tellIncident,
} from '../session/incidents.ts';
import { didYouMean } from '../session/nearest.ts';
import type { Session } from '../session/session.ts';
import { shortSpan } from '../session/short-span.ts';

interface Options {
  readonly why?: string;
  readonly by?: string;
  readonly cause?: string;
}

/** What {@link preview} takes, and what the audit log calls it. */
const ACTIONS = {
  redrive: 'redrive',
  discard: 'discard',
  edit: 'edit',
  decide: 'decide',
  circuit: 'circuit-forced',
  lane: 'lane-paused',
} as const satisfies Readonly<Record<string, OperatorAction>>;

export const addIncidents: AddCommand = (program, open) => {
  const incidents = program
    .command('incidents')
    .description('List open incidents, one for each cause, or acknowledge them.')
    .addHelpText('after', example('backstop incidents', "backstop incidents ack payments --why 'I am on it'"));
  listOf(incidents)
    .description('List open incidents: first what is down now, then the most urgent.')
    .addHelpText('after', example('backstop incidents ls'))
    .action(async (_, command) => list(await open(command)));
  incidents
    .command('ack')
    .argument('<dependency>', `dependency, or ${ITSELF} for incidents of Backstop itself`)
    .description(
      'Acknowledge the incidents of a dependency, so that nobody else is paged. Another action acknowledges only the incident that it addresses as a whole.',
    )
    .option('--cause <name>', 'only the incident with this cause, such as undo-incomplete (default: all)')
    .option('--why <text>', 'reason for the audit log, 1 to 500 characters (required)')
    .option('--by <name>', 'a name to show beside your AWS identity, 1 to 100 characters')
    .addHelpText('after', example("backstop incidents ack payments --why 'I am on the phone with the bank'"))
    .action(async (of: string, options: Options, command) => acknowledge(await open(command), of, options));
  addFilter(
    incidents
      .command('preview')
      .addArgument(new Argument('<action>', 'what you are about to do').choices(Object.keys(ACTIONS)))
      .argument('<lane>', 'dependency whose incidents')
      .description('Show which incidents an action will acknowledge, and which stay open. Changes nothing.'),
  )
    .addHelpText('after', example('backstop incidents preview redrive payments --rule http-unavailable'))
    .action(async (action: keyof typeof ACTIONS, of: string, options: FilterOptions, command) =>
      preview(await open(command), action, of, options),
    );
};

async function list(session: Session): Promise<void> {
  const { print } = session;
  const found = await allIncidents(session);
  // The incidents are worth showing without the counts. A document has none.
  const counts =
    print.isJson || found.length === 0
      ? undefined
      : await countedFailures(session).catch(({ name }: Error) =>
          print.note(`Can't read how many failures there are: ${name}`),
        );
  print.result(found, () => tell(found, session, counts?.of));
}

function tell(incidents: readonly OpenIncident[], session: Session, counts: CountedFailures['of'] = new Map()): void {
  const { print, now, command } = session;
  if (incidents.length === 0) {
    print.line('No open incidents.');
    return;
  }
  for (const [at, incident] of incidents.entries()) {
    const { of, cause } = incident;
    // The failures of a dependency are not those of one incident, so they stand once.
    const isFirst = incidents.findIndex((each) => each.of === of) === at;
    tellIncident(incident, print, now(), isFirst ? failuresText(of, counts.get(of)) : '');
    print.line(`     ${seenText(incident, now())}. Cause: ${cause}`);
    for (const words of lookInto(incident)) print.line(`     next: ${command(words)}`);
  }
  if (incidents.some(({ needsHuman }) => needsHuman)) {
    print.line();
    print.line(`  next: ${command("incidents ack DEPENDENCY --why '…'")}`);
  }
}

/** What an incident has seen. A circuit opens once for hundreds of failures, so its count says little. */
function seenText(incident: OpenIncident, now: number): string {
  const { cause, section, count, firstAt, lastAt, samples, isDown } = incident;
  if (isDown) return 'Still failing: its circuit blocks calls';
  if (cause === UNREACHABLE && section === 'circuit-open') return 'Failing no more: calls pass again';
  const first = firstAt === lastAt ? '' : `first ${shortSpan(now - Date.parse(firstAt))} ago, `;
  return `${countText(count, samples.length)}, ${first}last ${shortSpan(now - Date.parse(lastAt))} ago`;
}

/** Failures, as long as the incident names each. After that, a repetition counts again. */
function countText(count: number, named: number): string {
  if (named >= count) return count === 1 ? '1 failure' : `${count} failures`;
  return count === 1 ? 'Seen once' : `Seen ${count} times`;
}

async function acknowledge(session: Session, of: string, { why, by, cause }: Options): Promise<void> {
  if (of !== ITSELF) laneOf(session.deployment, of);
  const listed = (await incidentsOf(session, [of])).filter(({ state }) => state === 'open');
  const open = listed.filter((incident) => cause === undefined || incident.cause === cause);
  if (open.length === 0) {
    const causes = listed.map((incident) => incident.cause);
    const others = causes.length > 0 ? ` Open causes: ${causes.join(', ')}.${didYouMean(cause ?? '', causes)}` : '';
    throw new DeclinedError(
      `No open incident of ${of}${cause === undefined ? '' : ` with the cause '${cause}'`} to acknowledge.${others}`,
    );
  }
  const said = await session.confirm({
    why,
    by,
    plan: [
      `Acknowledge ${open.length === 1 ? 'this incident' : `these ${open.length} incidents`} of ${of}:`,
      ...open.map(({ priority, summary }) => `  ${priority}: ${summary}`),
    ],
  });
  const dependency = of === ITSELF ? undefined : of;
  const { by: signed } = await session.desk('acknowledge', { ...said, dependency, cause });
  session.print.result({ of, acknowledged: open.map((incident) => incident.cause), by: signed }, (print) =>
    print.line(`Acknowledged by ${signed}. Paging services learn of it within seconds.`),
  );
}

async function preview(
  session: Session,
  action: keyof typeof ACTIONS,
  of: string,
  options: FilterOptions,
): Promise<void> {
  laneOf(session.deployment, of);
  const filter = filterOf(options);
  const [failureId] = filter.ids?.length === 1 ? filter.ids : [];
  const found = await incidentsBefore(session, of, { action: ACTIONS[action], failureId, letters: filter });
  session.print.result(found, (print) => {
    const lines = incidentLines(found);
    for (const line of lines.length === 0 ? [`No open incident of ${of}.`] : lines) print.line(line);
  });
}
