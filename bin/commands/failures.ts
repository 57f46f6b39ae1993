import { InvalidArgumentError } from 'commander';
import * as v from 'valibot';
import {
  deadKeys,
  entriesOf,
  type FoundKeys,
  type Places,
  pendingKeys,
} from '../../lambdas/adapters/ledger/listed-failures.ts';
import { failureName } from '../../lambdas/contract/failure-key.ts';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { type FailureStatus, STATUSES, statusOf } from '../../lambdas/domain/ledger/failure-status.ts';
import { PENDING_SHARDS } from '../../lambdas/domain/ledger/pending-shard.ts';
import { type AddCommand, example } from '../session/command.ts';
import { sessionLedger } from '../session/dead-letters.ts';
import { laneOf } from '../session/deployment.ts';
import { oneOf, pointInTime, whole } from '../session/options.ts';
import { type Cell, shortTime } from '../session/printer.ts';
import type { Session } from '../session/session.ts';
import { whereIs } from '../session/where-is.ts';

/** Statuses that the ledger lists. */
const LISTED = STATUSES.filter((status) => status !== 'ended');
/** Most failures of one index partition that the command reads. */
const MOST_READ = 1_000;

interface Options {
  readonly dependency?: string;
  readonly tenant?: string;
  readonly correlationId?: string;
  readonly status?: FailureStatus;
  readonly rule?: string;
  readonly text?: string;
  readonly since?: number;
  readonly deadSince?: number;
  readonly limit: number;
  readonly page?: Page;
}

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
    .option(
      '--dead-since <time>',
      'only dead letters written at or after this time; faster than --since',
      pointInTime(),
    )
    .option('--limit <count>', 'failures to show, 1 to 1000; counts include all', whole(1, MOST_READ), 50)
    .option('--page <place>', "page to read, with --json: 'start', or the field 'next' of the previous page", pagePlace)
    .addHelpText('after', example('backstop failures --status held', "backstop failures --text 'insufficient funds'"))
    .action(async (options: Options, command) => failures(await open(command), options));
};

async function failures(session: Session, options: Options): Promise<void> {
  const { entries, isCut, next } = await search(session, options);
  const counts: Partial<Record<FailureStatus, number>> = {};
  for (const { status } of entries) counts[status] = (counts[status] ?? 0) + 1;
  // A page has at most as many entries as the limit, so it shows all of them. The next page begins after it.
  const shown = options.page === undefined ? entries.slice(0, options.limit) : entries;
  session.print.result({ failures: shown, total: entries.length, isWhole: !isCut, counts, next }, (print) => {
    if (entries.length === 0) return print.line('No matching failures.');
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

type Found = ReturnType<typeof rowOf>;

/** Reads the listed failures, and keeps those that match. Newest first. */
async function search(session: Session, options: Options) {
  const { clients, deployment, now } = session;
  const table = { client: clients.dynamodb, table: deployment.ledgerTable };
  const { dependency, tenant, status, limit, page, deadSince } = options;
  const isDead = deadSince !== undefined || status === 'dead' || status === 'parked';
  const lanes = (dependency === undefined ? deployment.lanes : [laneOf(deployment, dependency)]).map(
    ({ name }) => name,
  );
  const most = page === undefined ? MOST_READ : Math.ceil(limit / (lanes.length + PENDING_SHARDS.length));
  const none: FoundKeys = { keys: [], isCut: false, places: {} };
  const [pending, dead] = await Promise.all([
    isDead ? none : pendingKeys(table, most, page?.pending),
    isDead || status === undefined ? deadKeys(lanes, table, most, page?.dead, deadSince) : none,
  ]);
  // The key tells dependency and tenant, so that nobody reads what doesn't match.
  const keys = [...new Set([...pending.keys, ...dead.keys])].filter((key) => {
    const name = failureName(key);
    if (name === undefined || (dependency !== undefined && name.dependency !== dependency)) return false;
    return tenant === undefined || (name.tenant ?? '') === tenant;
  });
  const read = await entriesOf(keys, sessionLedger(session));
  const rows = read.map((entry) => rowOf(entry, now())).filter((row) => matches(row, options));
  const entries = rows.toSorted((a, b) => (a.receivedAt < b.receivedAt ? 1 : -1));
  const isCut = pending.isCut || dead.isCut;
  return { entries, isCut, next: isCut ? placeText({ pending: pending.places, dead: dead.places }) : undefined };
}

/** Where a page begins, in both indexes. Absent: at their beginning. */
interface Page {
  readonly pending?: Places | undefined;
  readonly dead?: Places | undefined;
}

const place = v.custom<Places>(isPlainObject);
const PageText = v.pipe(v.string(), v.parseJson(), v.object({ pending: place, dead: place }));

function placeText(page: Page): string {
  return Buffer.from(JSON.stringify(page)).toString('base64url');
}

function pagePlace(text: string): Page {
  if (text === 'start') return {};
  const page = v.safeParse(PageText, Buffer.from(text, 'base64url').toString('utf8'));
  if (page.success) return page.output;
  throw new InvalidArgumentError("Must be start, or 'next' of the page before.");
}

function rowOf(entry: LedgerEntry, now: number) {
  const { id, correlationId, dependency, tenant, verdict, attempts, cycle, reason, receivedAt, settledAt } = entry;
  return {
    id,
    correlationId,
    dependency,
    tenant,
    status: statusOf(entry, now),
    where: whereIs(entry, now),
    reason,
    excerpt: entry.excerpt,
    verdict: verdict.kind,
    rule: verdict.rule,
    statusCode: lastStatus(entry),
    attempts,
    cycle,
    receivedAt,
    settledAt,
  };
}

/** HTTP status of the latest failed call, if the dependency answered it. */
function lastStatus({ trail }: LedgerEntry): number | undefined {
  const statusCode = trail.findLast(({ step }) => step === 'attempt-failed' || step === 'received')?.statusCode;
  return typeof statusCode === 'number' ? statusCode : undefined;
}

function matches(row: Found, { correlationId, status, rule, text, since }: Options): boolean {
  // An outcome whose event is not published yet is listed, but over.
  if (row.status === 'ended' || (status !== undefined && row.status !== status)) return false;
  if (correlationId !== undefined && row.correlationId !== correlationId) return false;
  if (rule !== undefined && row.rule !== rule) return false;
  if (since !== undefined && Date.parse(row.receivedAt) < since) return false;
  const part = text?.toLowerCase();
  const places = [row.excerpt ?? '', row.id, row.correlationId];
  return part === undefined || places.some((place) => place.toLowerCase().includes(part));
}

function cellsOf({ id, dependency, status, receivedAt, excerpt, rule, correlationId, tenant }: Found): Cell[] {
  const style = status === 'dead' || status === 'parked' ? 'yellow' : 'cyan';
  const error = excerpt ?? `rule ${rule}`;
  return [id, dependency, { text: status, style }, shortTime(receivedAt), error, correlationId, tenant];
}
