import type { ConflictRecord } from '../../contract/conflict-record.ts';
import { BusyError } from '../../contract/errors.ts';
import type { Failure, HttpOperation } from '../../contract/failure.ts';
import { failureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings, RedriveSettings } from '../../contract/settings.ts';
import { iso } from '../../contract/time.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { FailedExecution } from '../../domain/boundary/aws-events.ts';
import { type ParseOptions, parseLaneMessage, type Rejection } from '../../domain/boundary/failure-event.ts';
import { classify } from '../../domain/classification/classify.ts';
import { nextConflictRecord } from '../../domain/conflict/conflict-mode.ts';
import { errorExcerpt } from '../../domain/excerpt/error-excerpt.ts';
import { fingerprint } from '../../domain/ledger/fingerprint.ts';
import { isReportedAgain } from '../../domain/ledger/reported-again.ts';
import { repeatableAfterReport } from '../../domain/recovery/repeatable.ts';
import type { FailureRef } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { fallbackTime } from './hold.ts';

export interface IntakeOptions {
  readonly settings: DependencySettings;
  readonly deadLetterQueueUrl: string;
  /** Time from receipt to deadline, in milliseconds. */
  readonly deadlineMs: number;
  /** How long the ledger keeps an entry, in milliseconds. */
  readonly retentionMs: number;
  /**
   * Whether the config has a dependency of this name. Rejects undo steps of unknown dependencies.
   *
   * @default - accepts any name
   */
  readonly isRegistered?: (dependency: string) => boolean;
  /** Kind of a dependency. @default - every dependency is an HTTP API */
  readonly kindOf?: ParseOptions['kindOf'];
  /** Whether a dependency takes encoded slashes in paths. @default - none does */
  readonly takesEncodedSlashes?: ParseOptions['takesEncodedSlashes'];
  /** Whether the pipeline has a bucket for bodies that are too large for an event. @default true */
  readonly takesClaims?: ParseOptions['takesClaims'];
  /** What the config accepts in events about a dependency. @default - all */
  readonly acceptedBy?: ParseOptions['acceptedBy'];
}

/** Receives the ids of the message's failure as soon as they are known, for log lines. */
type Identify = (ids: { readonly correlationId?: string; readonly failureId?: string }) => void;

export type Intake =
  /** An open failure to recover. */
  | { readonly kind: 'open'; readonly entry: LedgerEntry }
  /** A repetition of a message that has been handled already. */
  | { readonly kind: 'duplicate'; readonly entry: LedgerEntry }
  /** A dead letter whose failure has used up its cycles. */
  | { readonly kind: 'spent'; readonly entry: LedgerEntry }
  /** An execution that Backstop itself redrove has failed again. The failure that waits for it polls the result. */
  | { readonly kind: 'echo'; readonly entry: LedgerEntry }
  | { readonly kind: 'rejected'; readonly reason: Rejection };

/**
 * Turns a lane message into a ledger entry: a new one, the one that it repeats, or a dead letter's entry, reopened.
 *
 * @throws BusyError if the dead letter's outcome is not recorded yet, or an operator has just changed it
 */
export async function ingest(
  body: string,
  ledger: Ledger,
  options: IntakeOptions,
  identify: Identify = () => undefined,
): Promise<Intake> {
  const { settings, retentionMs, isRegistered, kindOf, takesEncodedSlashes, takesClaims, acceptedBy } = options;
  const parsed = parseLaneMessage(body, {
    dependency: settings.name,
    now: ledger.now,
    retentionMs,
    isRegistered,
    kindOf,
    takesEncodedSlashes,
    takesClaims,
    acceptedBy,
  });
  switch (parsed.kind) {
    case 'reject':
      identify(parsed.correlationId === undefined ? {} : { correlationId: parsed.correlationId });
      return { kind: 'rejected', reason: parsed.reason };
    case 'failure':
      identify({ correlationId: parsed.failure.correlationId, failureId: parsed.failure.id });
      return (await findEcho(parsed.failure, parsed.run, ledger)) ?? ingestFailure(parsed.failure, ledger, options);
    case 'redrive':
      identify({ failureId: parsed.deadLetter.id });
      return ingestDeadLetter(parsed.deadLetter, ledger, options, identify);
    default:
      return parsed satisfies never;
  }
}

/**
 * Finds the failure that redrove or started an execution, if the execution ran because of it. An execution that
 * somebody else redrives after that failure has its outcome is a new failure.
 */
async function findEcho(
  failure: Failure,
  run: FailedExecution | undefined,
  ledger: Ledger,
): Promise<Intake | undefined> {
  // An execution that is already in the ledger as a failure stays one: this message may be the copy that waits in the
  // lane.
  if (!run || run.owners.length === 0 || (await ledger.get(failureKey(failure)))) return undefined;
  for (const owner of run.owners) {
    const entry = await ledger.get(failureKey({ dependency: failure.dependency, ...owner }));
    if (entry) return entry.state === 'open' || isAwaitedRun(entry, run) ? { kind: 'echo', entry } : undefined;
  }
  return undefined;
}

function isAwaitedRun({ awaited }: LedgerEntry, { name, redrives }: FailedExecution): boolean {
  return awaited?.execution === name && redrives <= awaited.redrives;
}

async function ingestFailure(failure: Failure, ledger: Ledger, options: IntakeOptions): Promise<Intake> {
  const fresh = newEntry(failure, ledger.now, options);
  const entry = await ledger.claim(fresh);
  if (entry.fingerprint !== fresh.fingerprint) {
    const message = 'the ledger has this id, of this dependency and tenant, with a different operation';
    return { kind: 'rejected', reason: { code: 'id-reused', message, path: 'id' } };
  }
  if (entry.state === 'open') return { kind: 'open', entry };
  return isReportedAgain(failure, entry)
    ? { kind: 'rejected', reason: settledRejection(entry) }
    : { kind: 'duplicate', entry };
}

/** Says what to do about a failure after the outcome of another one with its id. */
function settledRejection({ outcome }: LedgerEntry): Rejection {
  const remedy =
    outcome === 'dead-lettered'
      ? 'redrive its dead letter (backstop dlq show), or report another operation under another id'
      : 'report another operation under another id';
  return {
    code: 'id-settled',
    message: `the failure of this id has already ended as ${outcome}: ${remedy}`,
    path: 'id',
  };
}

async function ingestDeadLetter(
  deadLetter: FailureRef,
  ledger: Ledger,
  options: IntakeOptions,
  identify: Identify,
): Promise<Intake> {
  const known = await ledger.get(deadLetter.key);
  if (!known) {
    const message = 'the ledger has no failure of this dependency and tenant with the id of this dead letter';
    return { kind: 'rejected', reason: { code: 'unknown-failure', message, path: 'id' } };
  }
  identify({ correlationId: known.correlationId, failureId: known.id });
  if (known.cycle === deadLetter.cycle && known.state === 'open')
    throw new BusyError('its dead letter is not recorded yet');
  const isLatest = known.cycle === deadLetter.cycle && known.state === 'settled';
  if (isLatest && hasNoCyclesLeft(known, options.settings.redrive)) return { kind: 'spent', entry: known };
  const entry = isLatest ? await reopen(known, ledger, options) : known;
  const isThisRedrive = entry.state === 'open' && entry.cycle === deadLetter.cycle + 1;
  return { kind: isThisRedrive ? 'open' : 'duplicate', entry };
}

async function reopen(
  entry: LedgerEntry,
  ledger: Ledger,
  { settings, deadlineMs, deadLetterQueueUrl }: IntakeOptions,
): Promise<LedgerEntry> {
  const fallbackAt = entry.failure && fallbackTime(entry.failure, settings, ledger.now);
  const verdict = verdictForRedrive(entry, settings);
  const begun = nextConflictRecord(verdict, { failure: entry.failure }, settings);
  const conflict = begun && { ...begun, refused: refusedEtags(begun, entry) };
  const reopened = await ledger.reopen(entry, {
    verdict,
    conflict,
    attemptLimit: settings.retry.hotAttempts,
    deadline: ledger.now + deadlineMs,
    fallbackAt,
    deadLetterQueueUrl,
  });
  // The event of the last outcome is not published yet, so the entry stays settled. The message comes back.
  if (reopened.outbox && reopened.cycle === entry.cycle) throw new Error('the outbox is not empty yet');
  const isStillDead = reopened.outcome === 'dead-lettered' && reopened.cycle === entry.cycle;
  if (isStillDead) throw new BusyError('an operator has just changed it');
  return reopened;
}

/** Most refused ETags that an item keeps, because DynamoDB limits an item to 400 KB. Older ones never recur. */
const KEPT_ETAGS = 50;

/** The ETags that the dependency has refused in this cycle and earlier ones. No attempt sends them again. */
function refusedEtags({ refused }: ConflictRecord, { conflict }: LedgerEntry): readonly string[] {
  return [...new Set([...refused, ...(conflict?.refused ?? [])])].slice(-KEPT_ETAGS);
}

/** Verdict that a redrive starts with: `transient`, or `conflict` if only a comparison can renew its `If-Match`. */
function verdictForRedrive(
  { verdict, failure, conflict }: LedgerEntry,
  { conflict: { strategy } }: DependencySettings,
): Verdict {
  const isCompared = conflict !== undefined && conflict.end !== 'not-a-write' && strategy !== 'reject';
  if (isCompared) return { ...verdict, kind: 'conflict' };
  const hasLostRace = conflict !== undefined || verdict.kind === 'conflict';
  if (hasLostRace && failure && namesVersion(failure.operation)) return { ...verdict, kind: 'conflict' };
  return { kind: 'transient', category: verdict.category, effect: verdict.effect, rule: 'redriven' };
}

function namesVersion({ ifMatch, headers }: HttpOperation): boolean {
  return (ifMatch ?? headers?.['if-match']) !== undefined;
}

function newEntry(
  failure: Failure,
  now: number,
  { settings, deadLetterQueueUrl, deadlineMs }: IntakeOptions,
): Parameters<Ledger['claim']>[0] {
  const { rules } = settings;
  const refreshable = settings.kind === 'http' && settings.auth !== undefined;
  const reportedAt = Math.min(now, Date.parse(failure.occurredAt));
  const verdict = classify(failure.error, { rules, refreshable, attempts: 0, isReported: true, now: reportedAt });
  const age = { firstCallAt: reportedAt, now };
  const unsafe = verdict.effect === 'unknown' && !repeatableAfterReport(failure.operation, settings, age);
  const notBefore = reportedAt + (verdict.retryAfterMs ?? 0);
  const fallbackAt = fallbackTime(failure, settings, now);
  const conflict = nextConflictRecord(verdict, { failure }, settings);
  const at = iso(now);
  return {
    id: failure.id,
    correlationId: failure.correlationId,
    dependency: failure.dependency,
    tenant: failure.tenant,
    priority: failure.priority ?? settings.priority,
    occurredAt: failure.occurredAt,
    receivedAt: at,
    fingerprint: fingerprint(failure),
    failure,
    cycle: 1,
    state: 'open',
    tier: 'hot',
    attempts: 0,
    attemptLimit: settings.retry.hotAttempts,
    verdict,
    excerpt: errorExcerpt(failure.error, settings.excerpt),
    ...(verdict.effect === 'unknown' && { possibleEffect: true, possibleEffectAt: iso(reportedAt) }),
    uncertain: unsafe ? 'reported' : undefined,
    conflict,
    notBefore: notBefore > now ? iso(notBefore) : undefined,
    deadline: iso(now + deadlineMs),
    fallbackAt: fallbackAt === undefined ? undefined : iso(fallbackAt),
    deadLetterQueueUrl,
    rescues: 0,
    trail: [{ at, step: 'received', verdict: verdict.kind, rule: verdict.rule, statusCode: failure.error.statusCode }],
  };
}

/** Whether a dead-lettered failure has used up its cycles. */
function hasNoCyclesLeft(entry: LedgerEntry, settings: RedriveSettings): boolean {
  return entry.outcome === 'dead-lettered' && entry.cycle >= cyclesOf(entry, settings);
}

/** Total cycles of a failure, from config and ledger. Ignores the dead letter, which anybody may have written. */
function cyclesOf({ cyclesAllowed = 0 }: Pick<LedgerEntry, 'cyclesAllowed'>, { maxCycles }: RedriveSettings): number {
  return Math.max(maxCycles, cyclesAllowed);
}
