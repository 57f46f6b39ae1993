import type { VerdictKind } from '../../../../lambdas/contract/verdict.ts';

/** The errors of one client, as functions in its language report them: name, or name and message. */
export interface Ecosystem {
  readonly client: string;
  readonly source: string;
  readonly errors: Partial<Record<VerdictKind, readonly (string | readonly [name: string, message: string])[]>>;
}

/** Names with the same beginning. */
export const prefixed = (prefix: string, names: string): readonly string[] =>
  names.split(/\s+/).map((name) => `${prefix}${name}`);
