import type { Category, Effect, VerdictKind } from '../../contract/verdict.ts';

/** A reported error, parsed once for all rules. */
export interface Evidence {
  /** HTTP status, 300 to 599. */
  readonly status?: number;
  readonly name: string;
  readonly code: string;
  /** Name and code, each as reported and without its namespace: `DynamoDB.SlowDown` also yields `SlowDown`. */
  readonly words: readonly string[];
  readonly message: string;
  /** The error has no HTTP status, so a bare number may be a gRPC status. */
  readonly withoutStatus: boolean;
  /** Wait that the dependency asked for, in milliseconds. */
  readonly waitMs?: number;
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

export function status(...statuses: readonly number[]): Condition {
  return (evidence) => evidence.status !== undefined && statuses.includes(evidence.status);
}

/** Matches a class of statuses: `statusClass(5)` matches 500 to 599. */
export function statusClass(hundreds: number): Condition {
  return (evidence) => evidence.status !== undefined && Math.floor(evidence.status / 100) === hundreds;
}

/** Matches if the error's name or code is in the list, with or without a namespace. */
export function nameIn(...words: readonly string[]): Condition {
  const known = new Set(words);
  return (evidence) => evidence.words.some((word) => known.has(word));
}

/** Matches if the error's name or code matches the pattern. */
export function nameMatches(pattern: RegExp): Condition {
  return (evidence) => evidence.words.some((word) => pattern.test(word));
}

/**
 * Matches if the message matches the pattern. Patterns avoid nested and adjacent repetitions, because messages are
 * untrusted input.
 */
export function messageMatches(pattern: RegExp): Condition {
  return (evidence) => pattern.test(evidence.message);
}

/** Matches if refreshing the credentials may help: there are some, and Backstop has made no attempt yet. */
export const mayRefresh: Condition = (evidence) => evidence.refreshable && evidence.untried;

/** Matches if Backstop has made no attempt yet. */
export const untried: Condition = (evidence) => evidence.untried;
