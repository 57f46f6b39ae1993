import type { Category, Effect, VerdictKind } from '../../contract/verdict.ts';

/** A reported error, taken apart once for all rules. */
export interface Evidence {
  /** HTTP status that decides, 300 to 599. */
  readonly status?: number;
  readonly name: string;
  readonly code: string;
  /** Name and code, each whole and without its namespace: `DynamoDB.SlowDown` is also `SlowDown`. */
  readonly words: readonly string[];
  readonly message: string;
  /** No HTTP status came with the error, so that a bare number may be a gRPC status. */
  readonly withoutStatus: boolean;
  /** How long the dependency asked to be left alone. */
  readonly waitMs?: number;
  /** Backstop has not tried yet. */
  readonly untried: boolean;
  /** The dependency's credentials can be fetched afresh. */
  readonly refreshable: boolean;
}

export type Condition = (evidence: Evidence) => boolean;

export interface Rule {
  readonly name: string;
  readonly kind: VerdictKind;
  readonly category: Category;
  readonly effect: Effect;
  readonly matches: Condition;
}

/** A row of the table: what the verdict is where all conditions hold. */
export function rule(
  name: string,
  kind: VerdictKind,
  category: Category,
  effect: Effect,
  ...conditions: readonly Condition[]
): Rule {
  return { name, kind, category, effect, matches: all(...conditions) };
}

export function all(...conditions: readonly Condition[]): Condition {
  return (evidence) => conditions.every((condition) => condition(evidence));
}

export function either(...conditions: readonly Condition[]): Condition {
  return (evidence) => conditions.some((condition) => condition(evidence));
}

export function status(...statuses: readonly number[]): Condition {
  return (evidence) => evidence.status !== undefined && statuses.includes(evidence.status);
}

/** Statuses of a class: `statusClass(5)` is 500 to 599. */
export function statusClass(hundreds: number): Condition {
  return (evidence) => evidence.status !== undefined && Math.floor(evidence.status / 100) === hundreds;
}

/** The error's name or code is one of these, with or without a namespace before it. */
export function named(...words: readonly string[]): Condition {
  const known = new Set(words);
  return (evidence) => evidence.words.some((word) => known.has(word));
}

/** The error's name or code looks like this. */
export function namedLike(pattern: RegExp): Condition {
  return (evidence) => evidence.words.some((word) => pattern.test(word));
}

/** The message contains this. Patterns have no nested or adjoining repetitions: messages come from strangers. */
export function says(pattern: RegExp): Condition {
  return (evidence) => pattern.test(evidence.message);
}

/** Fetching the credentials afresh may help: there are some, and it has not been tried. */
export const mayRefresh: Condition = (evidence) => evidence.refreshable && evidence.untried;

export const untried: Condition = (evidence) => evidence.untried;
