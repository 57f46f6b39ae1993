import type { OwnRule } from '../../contract/settings.ts';
import { type Effect, mayClassify, type Verdict } from '../../contract/verdict.ts';
import { type ErrorLayer, readError } from './error-layer.ts';
import type { Circumstances } from './evidence.ts';
import { FAILED_SUCCESS } from './failed-success.ts';
import { judge } from './judge.ts';
import { quotaResetMs, requestedWaitMs } from './retry-after.ts';

/** Facts that the classification needs in addition to the error. */
export interface ClassifyContext extends Circumstances {
  /** The dependency's own rules. They take precedence. */
  readonly rules: readonly OwnRule[];
}

/**
 * Classifies the error of a failed call: a reported one, or whatever a client throws, with its causes. The first
 * matching rule decides. The pipeline and the circuit library ask this function, and no other.
 */
export function classify(error: unknown, context: ClassifyContext): Verdict {
  const layer = readError(error);
  const { rule, effect, evidence } = judge(layer, context);
  const own = context.rules.find((candidate) =>
    candidate.when.successIncludes === undefined
      ? matchesRule(candidate, layer, evidence.status)
      : hasFailedSuccess(candidate, layer),
  );
  if (own !== undefined) return ownVerdict(own, layer, { status: evidence.status, effect }, context.now);
  const { name, kind, category } = rule;
  const waitMs =
    evidence.waitMs ??
    (kind === 'throttled' || evidence.quotaSpent ? quotaResetMs(layer.headers, context.now) : undefined);
  return withWait({ kind, category, effect, rule: name }, waitMs);
}

/** A rule that says nothing of the effect leaves what is proven. */
function ownVerdict(
  own: OwnRule,
  { headers }: ErrorLayer,
  judged: { readonly status: number | undefined; readonly effect: Effect },
  now: number,
): Verdict {
  const { status } = judged;
  const { name: rule, verdict } = own;
  const kind = status === undefined || mayClassify(status, verdict) ? verdict : 'permanent';
  const { category = 'external-dependency', effect = judged.effect, retryAfterMs } = own;
  return withWait({ kind, category, effect, rule }, requestedWaitMs(headers, now) ?? retryAfterMs);
}

/** Adds a wait only to verdicts that lead to a retry. */
function withWait(verdict: Verdict, waitMs: number | undefined): Verdict {
  const final = verdict.kind === 'permanent' || verdict.kind === 'expected';
  return final || waitMs === undefined ? verdict : { ...verdict, retryAfterMs: waitMs };
}

function matchesRule(
  { when }: OwnRule,
  { name, code, aliases, message, status }: ErrorLayer,
  found: number | undefined,
): boolean {
  return (
    isUnsetOrIncludes(when.statusCodes, status ?? found) &&
    isUnsetOrIncludes(when.errorNames, name) &&
    (when.codes === undefined || [code, ...aliases].some((word) => when.codes?.includes(word))) &&
    (when.messageIncludes === undefined || message.toLowerCase().includes(when.messageIncludes.toLowerCase()))
  );
}

/** The call has found the rule already, since only it saw the body. */
function hasFailedSuccess({ name: rule }: OwnRule, { name, code }: ErrorLayer): boolean {
  return name === FAILED_SUCCESS && code === rule;
}

function isUnsetOrIncludes<T>(wanted: readonly T[] | undefined, actual: T | undefined): boolean {
  return wanted === undefined || (actual !== undefined && wanted.includes(actual));
}
