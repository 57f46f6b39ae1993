/** A statement of a policy, as IAM reads it. A statement of an identity has no principal. */
export interface Statement {
  readonly Effect?: 'Allow' | 'Deny';
  readonly Action?: OneOrMore;
  readonly NotAction?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly NotResource?: OneOrMore;
  readonly Principal?: '*' | Readonly<Record<string, OneOrMore>>;
  readonly NotPrincipal?: '*' | Readonly<Record<string, OneOrMore>>;
  readonly Condition?: Conditions;
}

export interface PolicyDocument {
  readonly Statement: Statement | readonly Statement[];
}

type OneOrMore = string | readonly string[];

/** Expected values by condition key, by operator. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, Expected | readonly Expected[]>>>>;
type Expected = string | number | boolean;

/** What a request says of itself, by condition key. A key of several values has a list. */
export type Context = Readonly<Record<string, Expected | readonly string[]>>;

/** Who asks. A role of an account, or a service of AWS. */
export type Principal =
  | { readonly kind: 'role'; readonly arn: string; readonly statements: readonly Statement[] }
  | { readonly kind: 'service'; readonly name: string };

/** One action on one resource. */
export interface Request {
  readonly by: Principal;
  /** `events:PutEvents` */
  readonly action: string;
  /** ARN, or `*` for an action that has no resource. */
  readonly resource: string;
  readonly context: Context;
}

export function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}
