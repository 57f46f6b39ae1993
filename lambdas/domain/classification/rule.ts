import type { Category, Effect, VerdictKind } from '../../contract/verdict.ts';
import { listed } from './words.ts';

/** Systems whose numbers mean something else than those of others. */
export type NumberSpace = 'grpc' | 'mongo' | 'kafka' | 'smtp' | 'sql';

/** One error, parsed once for all rules. */
export interface Evidence {
  /** HTTP status, 300 to 999. */
  readonly status?: number;
  /** The status stands where HTTP clients put it, not in a code that may be the number of another system. */
  readonly isStatusSure: boolean;
  readonly name: string;
  readonly code: string;
  /** Name and code, each as reported and without its namespace: `DynamoDB.SlowDown` also yields `SlowDown`. */
  readonly words: readonly string[];
  /** The words in one style, without "Error": `RateLimitError` is `rate-limit`. */
  readonly families: readonly string[];
  /** Without stack, keys of JSON and whatever is too long to read. */
  readonly message: string;
  /** The message without what it quotes, and without addresses: all of these may be data. */
  readonly plainMessage: string;
  /** Names in the JSON that the message is. */
  readonly quotedNames: readonly string[];
  /** The system that numbers belong to, if the error says so. */
  readonly space?: NumberSpace;
  /** `connecting`: only the connection failed. `established`: it broke while in use. */
  readonly phase?: 'connecting' | 'established';
  /** Wait that the dependency asked for, in milliseconds. */
  readonly waitMs?: number;
  /** The headers say that no call is left in the current period. */
  readonly quotaSpent: boolean;
  /** The server forbids another try, by gRPC's pushback. */
  readonly forbidsRetry: boolean;
  /** The client that made the call marks the error as worth a retry. */
  readonly retryable: boolean;
  /** Backstop has made no attempt yet. */
  readonly untried: boolean;
  /** The dependency's credentials can be refreshed. */
  readonly refreshable: boolean;
}

/** Part of a rule: whether the evidence matches. */
export type Condition = (evidence: Evidence) => boolean;

/** A row of the classification table. */
export interface Rule {
  readonly name: string;
  readonly kind: VerdictKind;
  readonly category: Category;
  readonly effect: Effect;
  readonly matches: Condition;
}

/** Defines a rule. It matches if all conditions hold. */
export function rule(
  name: string,
  kind: VerdictKind,
  category: Category,
  effect: Effect,
  ...conditions: readonly Condition[]
): Rule {
  return { name, kind, category, effect, matches: allOf(...conditions) };
}

export function allOf(...conditions: readonly Condition[]): Condition {
  return (evidence) => conditions.every((condition) => condition(evidence));
}

export function anyOf(...conditions: readonly Condition[]): Condition {
  return (evidence) => conditions.some((condition) => condition(evidence));
}

export function not(condition: Condition): Condition {
  return (evidence) => !condition(evidence);
}

export function status(...statuses: readonly number[]): Condition {
  return (evidence) => evidence.status !== undefined && statuses.includes(evidence.status);
}

/** Matches statuses from `first` to `last`. */
export function statusBetween(first: number, last: number): Condition {
  return ({ status: actual }) => actual !== undefined && actual >= first && actual <= last;
}

/** Matches if the error's name or code is in the lists, with or without a namespace. A list may be one text. */
export function nameIn(...lists: readonly string[]): Condition {
  const known = new Set(lists.flatMap(listed));
  return (evidence) => evidence.words.some((word) => known.has(word));
}

/** As {@link nameIn}, but only the error's code: a name may come from behind the dependency. */
export function codeIn(...lists: readonly string[]): Condition {
  const known = new Set(lists.flatMap(listed));
  return (evidence) => known.has(evidence.code);
}

/** Matches if the error's name or code matches the pattern. */
export function nameMatches(pattern: RegExp): Condition {
  return (evidence) => evidence.words.some((word) => pattern.test(word));
}

/** Matches if the error's name or code belongs to the family, in whatever style it is written. */
export function familyMatches(pattern: RegExp): Condition {
  return (evidence) => evidence.families.some((family) => pattern.test(family));
}

/** As {@link familyMatches}, for families that have the words anywhere, at their start, at their end, or alone. */
export const familyHas = familyPattern('(?:^|-)', '(?:-|$)');
export const familyStarts = familyPattern('^', '(?:-|$)');
export const familyEnds = familyPattern('(?:^|-)', '(?:-failure|-failed)?$');
export const familyIs = familyPattern('^', '$');

/** Each list is one text, whose words are patterns. */
function familyPattern(before: string, after: string): (...lists: readonly string[]) => Condition {
  return (...lists) => familyMatches(new RegExp(`${before}(?:${lists.flatMap(listed).join('|')})${after}`));
}

/** Matches numbers of one system. Other systems give other meanings to them. */
export function numberOf(space: NumberSpace, ...lists: readonly string[]): Condition {
  const known = new Set(lists.flatMap(listed));
  return (evidence) => evidence.space === space && known.has(evidence.code);
}

/**
 * Matches if the message matches the pattern. Patterns avoid nested and adjacent repetitions, because messages are
 * untrusted input.
 */
export function messageMatches(pattern: RegExp): Condition {
  return (evidence) => pattern.test(evidence.message);
}

/** Matches if the message has one of the phrases, as whole words, in any case. */
export function says(...phrases: readonly RegExp[]): Condition {
  return messageMatches(anyPhrase(phrases));
}

/** As {@link says}, but reads no data: neither what is quoted, nor addresses. */
export function saysPlainly(...phrases: readonly RegExp[]): Condition {
  const pattern = anyPhrase(phrases);
  return ({ plainMessage }) => pattern.test(plainMessage);
}

function anyPhrase(phrases: readonly RegExp[]): RegExp {
  return new RegExp(`(?<![A-Za-z0-9_])(?:${phrases.map(({ source }) => source).join('|')})(?![A-Za-z0-9_])`, 'i');
}

/** Matches if refreshing the credentials may help: there are some, and Backstop has made no attempt yet. */
export const mayRefresh: Condition = (evidence) => evidence.refreshable && evidence.untried;

/** Matches if Backstop has made no attempt yet. */
export const untried: Condition = (evidence) => evidence.untried;
