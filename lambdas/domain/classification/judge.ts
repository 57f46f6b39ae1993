import type { Effect } from '../../contract/verdict.ts';
import type { ErrorLayer } from './error-layer.ts';
import { type Circumstances, evidenceOf, withoutName, wordsOf } from './evidence.ts';
import { FAMILY_RULES, isBug, WEAK_RULES } from './family-rules.ts';
import { quotedFacts } from './message.ts';
import { FETCH_FAILED, MESSAGE_RULES } from './message-rules.ts';
import { tellsOfRetries } from './retries.ts';
import type { Evidence, Rule } from './rule.ts';
import { CONNECTION_RULES, NAMED_RULES, OWN_CALL_RULES, UNKNOWN_AGAIN, UNKNOWN_ONCE } from './rules.ts';

/** How directly the evidence speaks: a status or code of the error itself before words, and words before a type. */
const STRENGTH = { named: 3, quoted: 2, words: 1, type: 0.5, wrapper: 0.1, nothing: 0 } as const;

/** The rule that explains an error, and what is known of the call's effect. */
export interface Finding {
  readonly rule: Rule;
  readonly effect: Effect;
  readonly strength: number;
  readonly evidence: Evidence;
}

/**
 * Finds the rule for an error, its causes and its parts. The most direct evidence decides; of equal evidence the
 * outermost. Only if every layer that says anything proves that nothing happened, the effect is `none`.
 */
export function judge(layer: ErrorLayer, given: Circumstances): Finding {
  // What counts the calls counts those of the causes, too.
  const circumstances = layer.isCounted ? { ...given, isReported: false } : given;
  const own = judgeAlone(withNamesOfCauses(layer), circumstances);
  const inner = [
    ...combineParts(
      layer.parts.map((part) => judge(part, circumstances)),
      NEEDS_ONE.test(layer.message),
    ),
    ...layer.causes.map((cause) => judge(cause, circumstances)),
  ].filter(({ strength }) => strength > 0);
  const findings = isTransparent(layer) && inner.length > 0 ? inner : [own, ...inner];
  const decisive = findings.reduce((best, next) => (next.strength > best.strength ? next : best));
  const isProven = !tellsOfRetries(layer) && findings.every(({ effect }) => effect === 'none');
  return { ...decisive, effect: isProven ? 'none' : 'unknown' };
}

/** A status is the answer, and a cause without one names it: both describe the same failure. */
function withNamesOfCauses(layer: ErrorLayer): ErrorLayer {
  if (layer.status === undefined) return layer;
  const named = layer.causes.filter(({ status }) => status === undefined);
  const names = named.flatMap(({ name, code, aliases }) => [name, code, ...aliases]).filter(Boolean);
  return { ...layer, aliases: [...layer.aliases, ...names] };
}

/**
 * Adds nothing to its cause or its parts. Any other wrapper may report one of several calls, of which an earlier one
 * succeeded. Node gives the code of the first attempt to connect to all of them together.
 */
function isTransparent({ name, code, message, status, parts }: ErrorLayer): boolean {
  if (status !== undefined || (code !== '' && !parts.some((part) => part.code === code))) return false;
  return FETCH_FAILED.test(message) || (message === '' && ['', 'Error', 'AggregateError'].includes(name));
}

/** The least hopeful part first: what no retry helps, then a conflict, then a request for a pause. */
const HOPE = ['permanent', 'expected', 'conflict', 'throttled', 'transient'];

/** `Promise.any` needs one of its calls, so that it may succeed where the most hopeful one does. */
const NEEDS_ONE = /^All promises were rejected$/;

/**
 * Calls that failed side by side are one failure: that of the least hopeful part. If one success is enough, it is that
 * of the most hopeful one. A part that nothing explains leaves the effect unknown.
 */
function combineParts(parts: readonly Finding[], needsOne: boolean): readonly Finding[] {
  const explained = parts.filter(({ strength }) => strength > 0);
  const ordered = explained.toSorted((a, b) => HOPE.indexOf(a.rule.kind) - HOPE.indexOf(b.rule.kind));
  const decisive = ordered.at(needsOne ? -1 : 0);
  if (!decisive) return [];
  return [{ ...decisive, effect: parts.every(({ effect }) => effect === 'none') ? 'none' : 'unknown' }];
}

const FAMILIES: ReadonlySet<Rule> = new Set(FAMILY_RULES);

function judgeAlone(layer: ErrorLayer, circumstances: Circumstances): Finding {
  const evidence = evidenceOf(layer, circumstances);
  const rule = NAMED_RULES.find(({ matches }) => matches(evidence));
  const answered = rule && FAMILIES.has(rule) ? judgeStatus(evidence, layer) : undefined;
  if (answered) return answered;
  if (rule) return { rule, effect: effectOf(rule, evidence, layer, circumstances), strength: STRENGTH.named, evidence };
  if (FETCH_FAILED.test(evidence.message)) {
    return (
      said(MESSAGE_RULES, evidence, layer.causes.length > 0 ? STRENGTH.wrapper : STRENGTH.words) ?? nothing(evidence)
    );
  }
  return (
    (isBug(evidence) ? undefined : judgeMessage(evidence, layer)) ??
    said(WEAK_RULES, evidence, STRENGTH.type) ??
    nothing(evidence)
  );
}

/**
 * A call answered with success has most likely taken effect. A name proves only what Backstop itself has named, and a
 * connection that was never made only something of the first call.
 */
function effectOf(rule: Rule, evidence: Evidence, { status }: ErrorLayer, { isReported }: Circumstances): Effect {
  if (isReported && CONNECTION_RULES.has(rule)) return 'unknown';
  if (rule.effect === 'unknown' || (status !== undefined && evidence.status === undefined)) return 'unknown';
  const isProven =
    (evidence.status !== undefined && evidence.isStatusSure) ||
    OWN_CALL_RULES.has(rule) ||
    rule.matches(withoutName(evidence));
  return isProven ? 'none' : 'unknown';
}

/** The status that the message quotes: the client of `HTTPStatusError` says by it what its name leaves open. */
function judgeStatus(evidence: Evidence, { message: raw }: ErrorLayer): Finding | undefined {
  const { status, words } = quotedFacts(evidence.message, raw);
  if (status === undefined) return undefined;
  const quoted = {
    ...evidence,
    ...wordsOf([...evidence.quotedNames, ...words]),
    space: evidence.space ?? 'sql',
    status,
  };
  return said(NAMED_RULES, quoted, STRENGTH.quoted);
}

/** What the message quotes, then its words. Neither is a proof. */
function judgeMessage(evidence: Evidence, { message: raw }: ErrorLayer): Finding | undefined {
  const { status, words } = quotedFacts(evidence.message, raw);
  const reported = [...evidence.quotedNames, ...words];
  if (status === undefined && reported.length === 0) return said(MESSAGE_RULES, evidence, STRENGTH.words);
  const names = wordsOf([...reported, evidence.name, /^\d+$/.test(evidence.code) ? '' : evidence.code]);
  // The format in which drivers quote a number says that it belongs to a SQL database.
  const quoted = { ...evidence, ...names, space: evidence.space ?? 'sql', ...(status !== undefined && { status }) };
  return said(NAMED_RULES, quoted, STRENGTH.quoted) ?? said(MESSAGE_RULES, evidence, STRENGTH.words);
}

function said(rules: readonly Rule[], evidence: Evidence, strength: number): Finding | undefined {
  const rule = rules.find(({ matches }) => matches(evidence));
  return rule && { rule, effect: 'unknown', strength, evidence };
}

function nothing(evidence: Evidence): Finding {
  const rule = UNKNOWN_ONCE.matches(evidence) ? UNKNOWN_ONCE : UNKNOWN_AGAIN;
  return { rule, effect: 'unknown', strength: STRENGTH.nothing, evidence };
}
