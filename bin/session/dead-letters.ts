import { type Command, Option } from 'commander';
import { shownEntries } from '../../lambdas/adapters/ledger/shown-entries.ts';
import { deadLetterQueue } from '../../lambdas/adapters/redrive/dead-letter-queue.ts';
import { DEAD_LETTER_REASONS } from '../../lambdas/contract/reasons.ts';
import { MAX_IDS } from '../../lambdas/domain/operator/operator-call.ts';
import { type DeadLetterFilter, deadLetterTime } from '../../lambdas/domain/redrive/dead-letter-filter.ts';
import type { DeadLetterFacts } from '../../lambdas/domain/redrive/dead-letter-message.ts';
import type { Ledger } from '../../lambdas/use-cases/ledger/ledger.ts';
import { type DeadLetterQueue, PATIENCE_MS } from '../../lambdas/use-cases/redrive/queues.ts';
import type { Plan } from '../../lambdas/use-cases/redrive/redrive-request.ts';
import {
  type Survey,
  type SurveyedDeadLetter,
  type SurveyOptions,
  survey,
} from '../../lambdas/use-cases/redrive/survey.ts';
import { type Lane, laneOf } from './deployment.ts';
import { UsageError } from './errors.ts';
import { failureId, mustBePeriod, oneOf, pointInTime } from './options.ts';
import type { Session } from './session.ts';

/** The operator's filter for dead letters. */
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

/** Who acts and why: options of every command that changes something. */
export interface WhoOptions {
  readonly why?: string;
  readonly by?: string;
}

/** How long a look hides messages from other readers. */
const LOOK_MS = 60_000;
/** How long a look waits for what other looks hide. */
const LOOK_PATIENCE_MS = LOOK_MS + 5_000;

/** Last verdicts of dead letters. */
const VERDICTS = ['transient', 'throttled', 'conflict', 'permanent'] as const;

export function addFilter(command: Command): Command {
  const several =
    <T>(parse: (text: string) => T) =>
    (text: string, before: readonly T[] = []) => [...before, parse(text)];
  return command
    .option('--dependency <name>', 'only this dependency')
    .option('--tenant <name>', 'only this tenant; "" for none')
    .option('--correlation-id <id>', 'only this correlation id')
    .option('--verdict <kind>', `only this last verdict: ${VERDICTS.join(', ')}`, oneOf(VERDICTS))
    .option('--rule <name>', 'only this classification rule, such as http-unavailable')
    .option(
      '--reason <name>',
      `only this reason, repeatable: ${DEAD_LETTER_REASONS.join(', ')}`,
      several(oneOf(DEAD_LETTER_REASONS)),
    )
    .option('--since <time>', 'dead-lettered at or after this time: RFC 3339, or an age (2h)', pointInTime())
    .option('--until <time>', 'dead-lettered at or before this time: RFC 3339, or an age (2h)', pointInTime())
    .addOption(new Option('--id <id>', 'only this failure; repeatable').argParser(several(failureId)));
}

/** @param need when the command needs a reason, as its help says */
export function addWho(command: Command, need = 'required'): Command {
  return command
    .option('--why <text>', `reason for the audit log, 1 to 500 characters (${need})`)
    .option('--by <name>', 'a name to show beside your AWS identity, 1 to 100 characters');
}

/** @throws UsageError if nothing can match, or if the options name more failures than one action takes */
export function filterOf(options: FilterOptions): DeadLetterFilter {
  mustBePeriod(options);
  const { reason: reasons, id: ids, dependency, tenant, correlationId, verdict, rule, since, until } = options;
  if (ids !== undefined && ids.length > MAX_IDS)
    throw new UsageError(
      `at most ${MAX_IDS} failures at once, got ${ids.length}: use another filter, or several commands`,
    );
  return { ids, reasons, dependency, tenant, correlationId, verdict, rule, since, until };
}

/** Whether a filter has no condition. */
export function selectsAll(filter: DeadLetterFilter): boolean {
  return Object.values(filter).every((condition) => condition === undefined);
}

/** The ledger as AWS lets operators read it: without operations. */
export function sessionLedger({
  clients: { dynamodb: client },
  deployment: { ledgerTable: table },
}: Pick<Session, 'clients' | 'deployment'>): Pick<Ledger, 'get'> {
  return shownEntries({ client, table });
}

/** The named lane, or all lanes. @throws NotFoundError if no dependency has that name */
export function lanesOf({ deployment }: Pick<Session, 'deployment'>, name: string | undefined): readonly Lane[] {
  return name === undefined ? deployment.lanes : [laneOf(deployment, name)];
}

interface LookOptions extends Omit<SurveyOptions, 'signal'> {
  /** Whether to wait also for what redrives hide, because the command will act on what it finds. @default false */
  readonly isThorough?: boolean;
  /** Wraps the queue. @default - none */
  readonly watched?: (source: DeadLetterQueue) => DeadLetterQueue;
}

/** Lists the messages of a queue without removing any. @throws AbortError if the operator interrupts */
export async function lookAt(
  session: Pick<Session, 'clients' | 'now' | 'sleep' | 'signal' | 'random' | 'print'>,
  queueUrl: string,
  { isThorough = false, watched = (source) => source, ...options }: LookOptions,
): Promise<Survey> {
  const { clients, now, sleep, signal } = session;
  const source = watched(deadLetterQueue({ sqs: clients.sqs, queueUrl, hiddenMs: LOOK_MS }));
  const patienceMs = isThorough ? PATIENCE_MS : LOOK_PATIENCE_MS;
  const ports = {
    source,
    now,
    sleep,
    patienceMs,
    onWait: waitNote(session),
    random: session.random,
    mayGuess: !isThorough,
  };
  const seen = await survey(ports, { ...options, signal });
  signal.throwIfAborted();
  return seen;
}

/** Tells once that the command waits for another reader. */
export function waitNote({ print }: Pick<Session, 'print'>): (hidden: number) => void {
  let isTold = false;
  return (hidden) => {
    if (!isTold) print.note(`Waiting for ${deadLetterCount(hidden)} that another reader hides.`);
    isTold = true;
  };
}

/** The plan to handle what a look has found. */
export function planFor({ found, others, isWhole }: Survey): Plan {
  return { messageIds: new Set(found.map(({ messageId }) => messageId)), others, isWhole };
}

/** A message of a dead-letter queue as commands print it. */
export interface Row extends DeadLetterFacts {
  readonly kind: 'letter' | 'event' | 'other';
  /** When it was dead-lettered, in epoch milliseconds. */
  readonly at: number;
}

export function rowOf({ deadLetter, sentAt }: SurveyedDeadLetter): Row {
  if (deadLetter.kind === 'other') return { kind: 'other', id: '', at: sentAt };
  return { kind: deadLetter.kind, ...deadLetter.facts, at: deadLetterTime(deadLetter.facts, sentAt) };
}

/** The reason, or a substitute for messages without one. */
export function reasonOf({ kind, reason }: Row): string {
  if (kind === 'event') return 'never stored';
  return kind === 'other' ? 'no letter' : (reason ?? 'unknown');
}

/** Counts by reason, most frequent first: `exhausted 30, deadline 7`. */
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

export function deadLetterCount(count: number): string {
  return count === 1 ? '1 dead letter' : `${count} dead letters`;
}
