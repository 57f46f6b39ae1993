import { type Command, Option } from 'commander';
import { DynamoDBLedger } from '../../lambdas/adapters/ledger/ledger.ts';
import { letterQueue } from '../../lambdas/adapters/redrive/letter-queue.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { type DeadLetterFilter, deadLetterTime } from '../../lambdas/domain/redrive/dead-letter-filter.ts';
import type { DeadLetterFacts } from '../../lambdas/domain/redrive/dead-letter-message.ts';
import type { Ledger } from '../../lambdas/use-cases/ledger/ledger.ts';
import type { LetterQueue } from '../../lambdas/use-cases/redrive/queues.ts';
import type { Seen } from '../../lambdas/use-cases/redrive/survey.ts';
import { type Lane, laneOf } from './deployment.ts';
import type { Desk } from './desk.ts';
import { failureId, pointInTime } from './options.ts';

/** Which letters are meant, as the operator says it. */
export interface FilterOptions {
  readonly dependency?: string;
  readonly tenant?: string;
  readonly correlationId?: string;
  readonly verdict?: string;
  readonly rule?: string;
  readonly reason?: readonly string[];
  readonly since?: number;
  readonly until?: number;
  readonly id?: readonly string[];
}

/** Who acts, and why, as every command that changes something takes it. */
export interface WhoOptions {
  readonly why?: string;
  readonly by?: string;
}

/** How long messages are hidden that are only looked at. */
const LOOK_MS = 60_000;
/** The reconciler publishes what the stream has lost by then. */
export const RECONCILE_AFTER_MS = 900_000;

export function addFilter(command: Command): Command {
  const several =
    <T>(parse: (text: string) => T) =>
    (text: string, before: readonly T[] = []) => [...before, parse(text)];
  return command
    .option('--dependency <name>', 'of this dependency')
    .option('--tenant <name>', 'of this tenant')
    .option('--correlation-id <id>', 'of this correlation id')
    .option('--verdict <kind>', 'whose last error was transient, throttled, conflict or permanent')
    .option('--rule <name>', 'whose last error was classified by this rule, such as http-unavailable')
    .option(
      '--reason <name>',
      'given up for this reason, such as exhausted; may be said several times',
      several(String),
    )
    .option('--since <time>', 'dead-lettered then or later: RFC 3339, or how long ago (2h)', pointInTime())
    .option('--until <time>', 'dead-lettered then or earlier: RFC 3339, or how long ago (2h)', pointInTime())
    .addOption(new Option('--id <id>', 'of this failure; may be said several times').argParser(several(failureId)));
}

export function addWho(command: Command): Command {
  return command
    .option('--why <text>', 'why, for the audit trail: 1 to 500 characters (required)')
    .option('--by <name>', 'who does it, 1 to 100 characters (default: who you are at AWS)');
}

export function filterOf({
  reason,
  id,
  dependency,
  tenant,
  correlationId,
  verdict,
  rule,
  since,
  until,
}: FilterOptions): DeadLetterFilter {
  return {
    ...(id && { ids: id }),
    ...(reason && { reasons: reason }),
    ...(dependency !== undefined && { dependency }),
    ...(tenant !== undefined && { tenant }),
    ...(correlationId !== undefined && { correlationId }),
    ...(verdict !== undefined && { verdict }),
    ...(rule !== undefined && { rule }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

export function deskLedger({ clients, deployment, now }: Pick<Desk, 'clients' | 'deployment' | 'now'>): Ledger {
  const place = { client: clients.dynamodb, table: deployment.ledgerTable };
  return new DynamoDBLedger({ ...place, reconcileAfterMs: RECONCILE_AFTER_MS, now });
}

/** The failure of an id; undefined where the ledger knows none: it has items that are something else. */
export async function failureOf(desk: Desk, id: string): Promise<LedgerEntry | undefined> {
  const entry = await deskLedger(desk).get(id);
  return entry?.cycle === undefined ? undefined : entry;
}

/** The lanes that are meant: the one that is named, or all. @throws NotFoundError where no dependency has that name */
export function lanesOf({ deployment }: Pick<Desk, 'deployment'>, name: string | undefined): readonly Lane[] {
  return name === undefined ? deployment.lanes : [laneOf(deployment, name)];
}

/** A queue to look into, without taking anything. */
export function queueToLookAt({ clients }: Pick<Desk, 'clients'>, queueUrl: string): LetterQueue {
  return letterQueue({ sqs: clients.sqs, queueUrl, hiddenMs: LOOK_MS });
}

/** A letter as commands tell of it. */
export interface Row extends DeadLetterFacts {
  readonly kind: 'letter' | 'event' | 'other';
  /** When it was dead-lettered, in epoch milliseconds. */
  readonly at: number;
}

export function rowOf({ letter, sentAt }: Seen): Row {
  if (letter.kind === 'other') return { kind: 'other', id: '', at: sentAt };
  return { kind: letter.kind, ...letter.facts, at: deadLetterTime(letter.facts, sentAt) };
}

/** What stands in place of the reason where there is none. */
export function reasonOf({ kind, reason }: Row): string {
  if (kind === 'event') return 'never stored';
  return kind === 'other' ? 'no letter' : (reason ?? 'unknown');
}

/** How many there are for each reason, the most first: `exhausted 30, deadline 7`. */
export function countsByReason(rows: readonly Row[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(reasonOf(row), (counts.get(reasonOf(row)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

export function inWords(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

export function letters(count: number): string {
  return count === 1 ? '1 letter' : `${count} letters`;
}
