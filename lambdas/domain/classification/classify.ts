import type { OwnRule } from '../../contract/settings.ts';
import { NEVER_RETRIED, type ReportedError, type Verdict, type VerdictKind } from '../../contract/verdict.ts';
import { requestedWaitMs } from './retry-after.ts';
import type { Evidence } from './rule.ts';
import { RULES, UNKNOWN_AGAIN } from './rules.ts';

export interface ClassifyContext {
  /** The dependency's own rules, which come before all others. */
  readonly rules: readonly OwnRule[];
  /** The dependency has credentials of its own that can be fetched afresh. */
  readonly refreshable: boolean;
  /** Attempts that Backstop has already made. */
  readonly attempts: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Says of a failed call whether, and how, it is worth another try. The first rule that matches decides. */
export function classify(error: ReportedError, context: ClassifyContext): Verdict {
  const spoken = error.statusCode === undefined ? spokenStatus(error) : undefined;
  const status = deciding(error.statusCode) ?? deciding(spoken?.status);
  const evidence = take(error, context, status);

  const own = context.rules.find((candidate) => applies(candidate, error, status));
  if (own !== undefined) {
    return ownVerdict(own, evidence);
  }
  const { name, kind, category, effect } = RULES.find((candidate) => candidate.matches(evidence)) ?? UNKNOWN_AGAIN;
  // A call that was answered with success has most likely done its work; a status in a message may be another call's.
  const doubtful = (error.statusCode !== undefined && status === undefined) || spoken?.secondHand === true;
  return withWait({ kind, category, effect: doubtful ? 'unknown' : effect, rule: name }, evidence.waitMs);
}

function ownVerdict(own: OwnRule, evidence: Evidence): Verdict {
  const retried = own.verdict === 'transient' || own.verdict === 'throttled';
  const kind: VerdictKind =
    retried && evidence.status !== undefined && NEVER_RETRIED.includes(evidence.status) ? 'permanent' : own.verdict;
  const { category = 'external-dependency', effect = 'unknown' } = own;
  return withWait({ kind, category, effect, rule: own.name }, evidence.waitMs ?? own.retryAfterMs);
}

/** A wait means something only where there is another try. */
function withWait(verdict: Verdict, waitMs: number | undefined): Verdict {
  const final = verdict.kind === 'permanent' || verdict.kind === 'expected';
  return final || waitMs === undefined ? verdict : { ...verdict, retryAfterMs: waitMs };
}

function applies({ when }: OwnRule, error: ReportedError, status: number | undefined): boolean {
  return (
    holds(when.statusCodes, error.statusCode ?? status) &&
    holds(when.errorNames, error.name) &&
    holds(when.codes, error.code) &&
    (when.messageIncludes === undefined ||
      (error.message ?? '').toLowerCase().includes(when.messageIncludes.toLowerCase()))
  );
}

function holds<T>(wanted: readonly T[] | undefined, actual: T | undefined): boolean {
  return wanted === undefined || (actual !== undefined && wanted.includes(actual));
}

function take(error: ReportedError, context: ClassifyContext, status: number | undefined): Evidence {
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

function deciding(status: number | undefined): number | undefined {
  return status !== undefined && status >= 300 && status < 600 ? status : undefined;
}

/** HTTP statuses that are assigned, so that the three-digit numbers of SQL Server are not taken for one. */
const STATUS_CODE = /^(?:30\d|4[0-2]\d|431|451|50\d|51[01])$/;
const STATES_HTTP = /^States\.Http\.StatusCode\.(\d{3})$/;
/** How axios, ky and got begin the message of an error that is only about the status. */
const CLIENT_MESSAGE = /^(?:Request failed with status code|Response code) (\d{3})\b/;

/** The status of an error that keeps it elsewhere than in its `statusCode`. */
function spokenStatus({
  name = '',
  code = '',
  message = '',
}: ReportedError): { status: number; secondHand: boolean } | undefined {
  const firstHand = STATES_HTTP.exec(name)?.[1] ?? (name.startsWith('Mongo') ? undefined : STATUS_CODE.exec(code)?.[0]);
  const text = firstHand ?? CLIENT_MESSAGE.exec(message)?.[1];
  return text === undefined ? undefined : { status: Number(text), secondHand: firstHand === undefined };
}
