import type { OwnRule } from '../../contract/settings.ts';
import { NEVER_RETRIED, type ReportedError, type Verdict, type VerdictKind } from '../../contract/verdict.ts';
import { requestedWaitMs } from './retry-after.ts';
import type { Evidence } from './rule.ts';
import { RULES, UNKNOWN_AGAIN } from './rules.ts';

/** Facts that the classification needs in addition to the error. */
export interface ClassifyContext {
  /** The dependency's own rules. They take precedence. */
  readonly rules: readonly OwnRule[];
  /** Whether the dependency has credentials that can be refreshed. */
  readonly refreshable: boolean;
  /** Attempts made by Backstop so far. */
  readonly attempts: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Classifies the error of a failed call. The first matching rule decides. */
export function classify(error: ReportedError, context: ClassifyContext): Verdict {
  const embedded = error.statusCode === undefined ? embeddedStatus(error) : undefined;
  const status = errorStatus(error.statusCode) ?? errorStatus(embedded?.status);
  const evidence = toEvidence(error, context, status);

  const own = context.rules.find((candidate) => matchesRule(candidate, error, status));
  if (own !== undefined) {
    return ownVerdict(own, evidence);
  }
  const { name, kind, category, effect } = RULES.find((candidate) => candidate.matches(evidence)) ?? UNKNOWN_AGAIN;
  // A call answered with success has most likely taken effect. A status found in a message may belong to another call.
  const isEffectUncertain =
    (error.statusCode !== undefined && status === undefined) || embedded?.isFromMessage === true;
  return withWait({ kind, category, effect: isEffectUncertain ? 'unknown' : effect, rule: name }, evidence.waitMs);
}

function ownVerdict(own: OwnRule, evidence: Evidence): Verdict {
  const retried = own.verdict === 'transient' || own.verdict === 'throttled';
  const kind: VerdictKind =
    retried && evidence.status !== undefined && NEVER_RETRIED.includes(evidence.status) ? 'permanent' : own.verdict;
  const { category = 'external-dependency', effect = 'unknown' } = own;
  return withWait({ kind, category, effect, rule: own.name }, evidence.waitMs ?? own.retryAfterMs);
}

/** Adds a wait only to verdicts that lead to a retry. */
function withWait(verdict: Verdict, waitMs: number | undefined): Verdict {
  const final = verdict.kind === 'permanent' || verdict.kind === 'expected';
  return final || waitMs === undefined ? verdict : { ...verdict, retryAfterMs: waitMs };
}

function matchesRule({ when }: OwnRule, error: ReportedError, status: number | undefined): boolean {
  return (
    isUnsetOrIncludes(when.statusCodes, error.statusCode ?? status) &&
    isUnsetOrIncludes(when.errorNames, error.name) &&
    isUnsetOrIncludes(when.codes, error.code) &&
    (when.messageIncludes === undefined ||
      (error.message ?? '').toLowerCase().includes(when.messageIncludes.toLowerCase()))
  );
}

function isUnsetOrIncludes<T>(wanted: readonly T[] | undefined, actual: T | undefined): boolean {
  return wanted === undefined || (actual !== undefined && wanted.includes(actual));
}

function toEvidence(error: ReportedError, context: ClassifyContext, status: number | undefined): Evidence {
  const { name = '', code = '', message = '' } = error;
  return {
    status,
    name,
    code,
    words: [...new Set([name, code, withoutNamespace(name), withoutNamespace(code)])],
    message,
    withoutStatus: error.statusCode === undefined,
    waitMs: requestedWaitMs(error.headers, context.now),
    untried: context.attempts < 1,
    refreshable: context.refreshable,
  };
}

function withoutNamespace(word: string): string {
  return word.slice(Math.max(word.lastIndexOf('.'), word.lastIndexOf('#')) + 1);
}

function errorStatus(status: number | undefined): number | undefined {
  return status !== undefined && status >= 300 && status < 600 ? status : undefined;
}

/** Assigned HTTP statuses only. SQL Server also has three-digit error numbers. */
const STATUS_CODE = /^(?:30\d|4[0-2]\d|431|451|50\d|51[01])$/;
const STATES_HTTP = /^States\.Http\.StatusCode\.(\d{3})$/;
/** Start of the messages by which axios, ky and got report a status. */
const CLIENT_MESSAGE = /^(?:Request failed with status code|Response code) (\d{3})\b/;

/** Finds the HTTP status of an error that has no `statusCode`. */
function embeddedStatus({
  name = '',
  code = '',
  message = '',
}: ReportedError): { status: number; isFromMessage: boolean } | undefined {
  const direct = STATES_HTTP.exec(name)?.[1] ?? (name.startsWith('Mongo') ? undefined : STATUS_CODE.exec(code)?.[0]);
  const text = direct ?? CLIENT_MESSAGE.exec(message)?.[1];
  return text === undefined ? undefined : { status: Number(text), isFromMessage: direct === undefined };
}
