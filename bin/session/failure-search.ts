import { InvalidArgumentError } from 'commander';
import * as v from 'valibot';
import { failuresOf, failuresWithId } from '../../lambdas/adapters/ledger/correlation.ts';
import {
  correlatedKeys,
  deadKeys,
  entriesOf,
  type FoundKeys,
  type Places,
  pendingKeys,
} from '../../lambdas/adapters/ledger/listed-failures.ts';
import type { Table } from '../../lambdas/adapters/table.ts';
import type { Compensation } from '../../lambdas/contract/compensation.ts';
import { type FailureKey, failureName } from '../../lambdas/contract/failure-key.ts';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { type FailureStatus, statusOf } from '../../lambdas/domain/ledger/failure-status.ts';
import { PENDING_SHARDS, QUESTION_SHARD } from '../../lambdas/domain/ledger/pending-shard.ts';
import { compensationOf } from '../../lambdas/domain/undo/compensation.ts';
import { sessionLedger } from './dead-letters.ts';
import { laneOf } from './deployment.ts';
import { filterHint } from './filter-hint.ts';
import type { Session } from './session.ts';
import { whereIs } from './where-is.ts';

/** Most failures of one index partition that a search reads. */
export const MOST_READ = 1_000;
/** Most bytes of a key of DynamoDB. */
const MOST_KEY_BYTES = 2_048;

/** What to search for. */
export interface FailureSearch {
  readonly dependency?: string;
  readonly tenant?: string;
  readonly correlationId?: string;
  readonly status?: FailureStatus;
  readonly rule?: string;
  readonly text?: string;
  readonly since?: number;
  readonly until?: number;
  readonly deadSince?: number;
  readonly limit: number;
  readonly page?: Page;
}

export type FoundFailure = ReturnType<typeof rowOf>;

/** What a search has found. */
export interface FoundFailures {
  /** Newest first. */
  readonly entries: readonly FoundFailure[];
  /** How many failures the search compared. */
  readonly read: number;
  /** Whether there are more, which it has not read. */
  readonly isCut: boolean;
  /** Where the next page begins. @default - there is none */
  readonly next: string | undefined;
  /** What to check, if nothing matches. */
  readonly hint: string | undefined;
}

/** Reads the listed failures, and keeps those that match. */
export async function searchFailures(session: Session, search: FailureSearch): Promise<FoundFailures> {
  const { keys, isCut, next } = await candidates(session, search);
  const { dependency, tenant } = search;
  // The key tells dependency and tenant, so that nobody reads what doesn't match.
  const wanted = [...keys].filter((key) => {
    const name = failureName(key);
    if (name === undefined || (dependency !== undefined && name.dependency !== dependency)) return false;
    return tenant === undefined || (name.tenant ?? '') === tenant;
  });
  const read = await entriesOf(wanted, sessionLedger(session));
  const rows = read.map((entry) => rowOf(entry, session.now())).filter((row) => matches(row, search));
  const entries = rows.toSorted((a, b) => (a.receivedAt < b.receivedAt ? 1 : -1));
  const rules = new Set(read.map(({ verdict }) => verdict.rule));
  const tenants = new Set([...keys].flatMap((key) => failureName(key)?.tenant ?? []));
  const hint = entries.length > 0 ? undefined : filterHint(search, { rules, tenants });
  return { entries, read: keys.size, isCut, next: isCut ? placeText(next) : undefined, hint };
}

interface Candidates {
  readonly keys: ReadonlySet<FailureKey>;
  readonly isCut: boolean;
  readonly next: Page;
}

/** Keys of the failures that may match: those of the correlation id, else the listed ones. */
async function candidates({ clients, deployment }: Session, search: FailureSearch): Promise<Candidates> {
  const table = { client: clients.dynamodb, table: deployment.ledgerTable };
  const { dependency, correlationId, status, text, limit, page, deadSince } = search;
  const lanes = (dependency === undefined ? deployment.lanes : [laneOf(deployment, dependency)]).map(
    ({ name }) => name,
  );
  if (correlationId !== undefined) {
    const most = page === undefined ? MOST_READ : limit;
    const found = isKey(correlationId) ? await correlatedKeys(correlationId, table, most, page?.correlated) : NONE;
    return { keys: new Set(found.keys), isCut: found.isCut, next: { correlated: found.places } };
  }
  const isDead = deadSince !== undefined || status === 'dead' || status === 'parked';
  const shards = isDead ? [] : status === 'decision' ? [QUESTION_SHARD] : PENDING_SHARDS;
  const dependencies = isDead || status === undefined ? lanes : [];
  const most = mostOfEach({ limit, page }, shards.length + dependencies.length);
  const [pending, dead, named] = await Promise.all([
    pendingKeys(table, most, page?.pending, shards),
    deadKeys(dependencies, table, most, page?.dead, deadSince),
    text !== undefined && isKey(text) ? namedKeys(text, table) : [],
  ]);
  const keys = new Set([...pending.keys, ...dead.keys]);
  // The first page has those with this very id, wherever the index lists them. So the others don't.
  for (const key of named) isFirst(page) ? keys.add(key) : keys.delete(key);
  return { keys, isCut: pending.isCut || dead.isCut, next: { pending: pending.places, dead: dead.places } };
}

/** Most keys to read of each partition. The partitions that have more share a page. */
function mostOfEach({ limit, page }: Pick<FailureSearch, 'limit' | 'page'>, partitions: number): number {
  if (page === undefined) return MOST_READ;
  const open = isFirst(page) ? partitions : Object.keys({ ...page.pending, ...page.dead }).length;
  return Math.ceil(limit / Math.max(open, 1));
}

function isFirst(page: Page = {}): boolean {
  return page.pending === undefined && page.dead === undefined;
}

const NONE: FoundKeys = { keys: [], isCut: false, places: {} };

/** Keys of the failures with this id or correlation id. */
async function namedKeys(id: string, table: Table): Promise<readonly FailureKey[]> {
  return (await Promise.all([failuresWithId(id, table), failuresOf(id, table)])).flat();
}

/** Whether DynamoDB takes the text as a key. */
function isKey(text: string): boolean {
  return text !== '' && Buffer.byteLength(text) <= MOST_KEY_BYTES;
}

/** Where a page begins, in each index. Absent: at its beginning. */
interface Page {
  readonly correlated?: Places | undefined;
  readonly pending?: Places | undefined;
  readonly dead?: Places | undefined;
}

const place = v.custom<Places>(isPlainObject);
const PageText = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ correlated: v.optional(place), pending: v.optional(place), dead: v.optional(place) }),
);

function placeText(page: Page): string {
  return Buffer.from(JSON.stringify(page)).toString('base64url');
}

/** Parses the place of a page. */
export function pagePlace(text: string): Page {
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
    compensation: undoIn(entry),
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

/** How far the completed steps of a dead letter are undone, once their undo has begun. */
function undoIn(entry: LedgerEntry): Compensation | undefined {
  return entry.undo && entry.outcome === 'dead-lettered' ? compensationOf(entry) : undefined;
}

/** HTTP status of the latest failed call, if the dependency answered it. */
function lastStatus({ trail }: LedgerEntry): number | undefined {
  const statusCode = trail.findLast(({ step }) => step === 'attempt-failed' || step === 'received')?.statusCode;
  return typeof statusCode === 'number' ? statusCode : undefined;
}

function matches(row: FoundFailure, search: FailureSearch): boolean {
  const { correlationId, status, rule, text, since, until, deadSince } = search;
  // An outcome whose event is not published yet is listed, but over.
  if (row.status === 'ended' || (status !== undefined && row.status !== status)) return false;
  if (correlationId !== undefined && row.correlationId !== correlationId) return false;
  if (rule !== undefined && row.rule !== rule) return false;
  if (since !== undefined && Date.parse(row.receivedAt) < since) return false;
  if (until !== undefined && Date.parse(row.receivedAt) > until) return false;
  if (deadSince !== undefined && !isDeadSince(row, deadSince)) return false;
  const part = text?.toLowerCase();
  const places = [row.excerpt ?? '', row.id, row.correlationId];
  return part === undefined || places.some((place) => place.toLowerCase().includes(part));
}

function isDeadSince({ status, settledAt }: FoundFailure, since: number): boolean {
  return (status === 'dead' || status === 'parked') && settledAt !== undefined && Date.parse(settledAt) >= since;
}
