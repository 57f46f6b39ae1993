import { type FailureStatus, STATUSES } from '../../lambdas/domain/ledger/failure-status.ts';
import { type AddCommand, example } from '../session/command.ts';
import {
  type FailureSearch,
  type FoundFailure,
  MOST_READ,
  pagePlace,
  searchFailures,
} from '../session/failure-search.ts';
import { mustBePeriod, oneOf, pointInTime, whole } from '../session/options.ts';
import { type Cell, shortTime } from '../session/printer.ts';
import type { Session } from '../session/session.ts';

/** Statuses that the ledger lists. */
const LISTED = STATUSES.filter((status) => status !== 'ended');

export const addFailures: AddCommand = (program, open) => {
  program
    .command('failures')
    .description(
      'List and search the failures that are under way, held, waiting for a decision, or dead, newest first.',
    )
    .option('--dependency <name>', 'only this dependency')
    .option('--tenant <name>', 'only this tenant; "" for none')
    .option('--correlation-id <id>', 'only this correlation id')
    .option('--status <name>', `only this status: ${LISTED.join(', ')}`, oneOf(LISTED))
    .option('--rule <name>', 'only this classification rule, such as http-unavailable')
    .option('--text <part>', 'only with this part in its error, id or correlation id, in upper or lower case')
    .option('--since <time>', 'received at or after this time: RFC 3339, or an age (2h)', pointInTime())
    .option('--until <time>', 'received at or before this time: RFC 3339, or an age (2h)', pointInTime())
    .option(
      '--dead-since <time>',
      'only dead letters written at or after this time; faster than --since',
      pointInTime(),
    )
    .option('--limit <count>', 'failures to show, 1 to 1000; counts include all', whole(1, MOST_READ), 50)
    .option('--page <place>', "page to read, with --json: 'start', or the field 'next' of the previous page", pagePlace)
    .addHelpText('after', example('backstop failures --status held', "backstop failures --text 'insufficient funds'"))
    .action(async (options: FailureSearch, command) => {
      mustBePeriod(options);
      await failures(await open(command), options);
    });
};

async function failures(session: Session, options: FailureSearch): Promise<void> {
  const { entries, read, isCut, next, hint } = await searchFailures(session, options);
  const counts: Partial<Record<FailureStatus, number>> = {};
  for (const { status } of entries) counts[status] = (counts[status] ?? 0) + 1;
  // A page has at most as many entries as the limit, so it shows all of them. The next page begins after it.
  const shown = options.page === undefined ? entries.slice(0, options.limit) : entries;
  session.print.result({ failures: shown, total: entries.length, isWhole: !isCut, counts, next, hint }, (print) => {
    if (hint !== undefined) print.line(hint);
    if (entries.length === 0) return isCut ? tellUnread(session, read) : print.line('No matching failures.');
    print.records(['id', 'dependency', 'status', 'received', 'error', 'correlation id', 'tenant'], shown.map(cellsOf));
    print.line();
    const more = entries.length > shown.length ? `, ${shown.length} shown` : '';
    const kinds = LISTED.flatMap((status) => (counts[status] === undefined ? [] : `${status} ${counts[status]}`));
    print.paragraph(
      `${entries.length} ${entries.length === 1 ? 'failure' : 'failures'}${isCut ? ' or more' : ''}${more}: ${kinds.join(', ')}`,
    );
    print.paragraph(`next: ${session.command('trace ID')}`);
  });
}

/** Says how far the search went before it found nothing. */
function tellUnread({ print, command }: Session, read: number): void {
  print.line(`No match among the ${read} failures read. There are more, which were not read.`);
  print.line(`next: ${command('trace ID')}`);
  print.line('To read all of them, page by page:');
  print.line(`  ${command('failures --json --page start')}`);
}

function cellsOf({ id, dependency, status, receivedAt, excerpt, rule, correlationId, tenant }: FoundFailure): Cell[] {
  const style = status === 'dead' || status === 'parked' ? 'yellow' : 'cyan';
  const error = excerpt ?? `rule ${rule}`;
  return [id, dependency, { text: status, style }, shortTime(receivedAt), error, correlationId, tenant];
}
