import type { Command } from 'commander';
import { failuresWithId } from '../../lambdas/adapters/ledger/correlation.ts';
import type { FailureName } from '../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import type { DeadLetterFilter } from '../../lambdas/domain/redrive/dead-letter-filter.ts';
import { type Row, sessionLedger } from './dead-letters.ts';
import { UsageError } from './errors.ts';
import type { Session } from './session.ts';

/** Which of the failures with one id. Dependencies and tenants may use the same id. */
export interface Owner {
  readonly dependency?: string | undefined;
  /** The empty text stands for failures without a tenant. */
  readonly tenant?: string | undefined;
}

type Place = Pick<Session, 'clients' | 'deployment' | 'now'>;

export function addOwner(command: Command): Command {
  return command
    .option('--dependency <name>', 'dependency of the failure, if several have the id')
    .option('--tenant <name>', 'tenant of the failure, if several have the id; "" for none');
}

/** The failures with that id, oldest first. */
async function failuresNamed(session: Place, id: string, owner: Owner = {}): Promise<readonly LedgerEntry[]> {
  const { clients, deployment } = session;
  const ledger = sessionLedger(session);
  const keys = await failuresWithId(id, { client: clients.dynamodb, table: deployment.ledgerTable });
  const entries = await Promise.all(keys.map((key) => ledger.get(key)));
  // The ledger also stores items that are not failures.
  return entries.flatMap((entry) => (entry?.cycle === undefined || !belongsTo(entry, owner) ? [] : [entry]));
}

/**
 * The failure with that id; undefined if there is none.
 *
 * @throws UsageError that lists them, if several have the id
 */
export async function failureOf(session: Place, id: string, owner: Owner = {}): Promise<LedgerEntry | undefined> {
  const entries = await failuresNamed(session, id, owner);
  rejectSeveral(id, entries);
  return entries[0];
}

/** @throws UsageError if the failures with this id belong to several dependencies or tenants */
function rejectSeveral(id: string, named: readonly Partial<FailureName>[]): void {
  const owners = new Set(named.map(ownerOptions));
  if (owners.size < 2) return;
  const lines = [...owners].map((options) => `  ${options}`);
  throw new UsageError(`${owners.size} failures have the id '${id}'. Say which one:\n${lines.join('\n')}`);
}

/**
 * As {@link rejectSeveral}, for the dead letters that a filter by id has found.
 *
 * @throws UsageError
 */
export function rejectSeveralLetters({ ids = [] }: Pick<DeadLetterFilter, 'ids'>, rows: readonly Row[]): void {
  for (const id of ids) {
    rejectSeveral(
      id,
      rows.filter((row) => row.kind === 'letter' && row.id === id),
    );
  }
}

/** The filter that matches the dead letters of one failure. */
export function lettersOf({ id, dependency, tenant = '' }: FailureName): DeadLetterFilter {
  return { ids: [id], dependency, tenant };
}

function belongsTo(entry: LedgerEntry, { dependency, tenant }: Owner): boolean {
  if (dependency !== undefined && entry.dependency !== dependency) return false;
  return tenant === undefined || (entry.tenant ?? '') === tenant;
}

function ownerOptions({ dependency, tenant = '' }: Partial<FailureName>): string {
  const named = dependency === undefined ? '' : `--dependency ${shellWord(dependency)} `;
  return `${named}--tenant ${tenant === '' ? "''" : shellWord(tenant)}`;
}
