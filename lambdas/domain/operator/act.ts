import type { OperatorAction } from '../../contract/operator-actions.ts';

/** Sending an event changes nothing that exists, so no event announces it. */
export type Action = OperatorAction | 'send';

export type ActFacts = Readonly<Record<string, string | number>>;

/** An action that an operator is about to take. */
export interface Act {
  readonly action: Action;
  readonly dependency?: string | undefined;
  readonly failureId?: string | undefined;
  /** ARN of the caller's AWS identity. */
  readonly principal: string;
  /** Name of a person or shift that the operator gave, 1 to 100 characters. Nobody checks it. */
  readonly name?: string | undefined;
  /** Reason, 1 to 500 characters. Only `send` needs none. */
  readonly why?: string | undefined;
  /** Details, such as a circuit, filter, count, or an edit's masked difference. The event leaves them out. */
  readonly facts?: ActFacts | undefined;
  /** Causes of the incidents that the action acknowledges. Absent in an acknowledgement of all. */
  readonly acknowledges?: readonly string[] | undefined;
}

/**
 * How an action ended. `done`: it holds. `incomplete`: it did less than its plan. `interrupted`: the operator stopped
 * it. `refused`: it was not possible, such as the second of two decisions. `failed`: an error, after which part of it
 * may hold.
 */
export const ACT_RESULTS = ['done', 'incomplete', 'interrupted', 'refused', 'failed'] as const;

export interface ActEnd {
  readonly result: (typeof ACT_RESULTS)[number];
  /** Why the action was refused, or the name of the error. */
  readonly message?: string | undefined;
  /** Results, such as the number of moved dead letters. */
  readonly facts?: ActFacts | undefined;
}

/** An action with its end, as the audit log lists it. */
export interface AuditRecord extends Act {
  readonly id: string;
  /** Who acted, as texts show it: see {@link signature}. */
  readonly by: string;
  /** When the action began: RFC 3339, in UTC. */
  readonly at: string;
  /** Absent while the action runs, and for ever if the tool or the function died. */
  readonly end?: ActEnd & { readonly at: string };
}

/**
 * Who acted, in a text: the name in the principal's ARN, and after it the self-chosen one: `alice as night shift`. No
 * name of AWS has a space. At most {@link MAX_SIGNATURE_LENGTH} characters.
 */
export function signature({ principal, name }: Pick<Act, 'principal' | 'name'>): string {
  const known = principalName(principal);
  return name === undefined || name === known ? known : `${known} as ${name}`;
}

/** Longest user name or session name of AWS. */
const MAX_PRINCIPAL_NAME = 64;
export const MAX_NAME_LENGTH = 100;
export const MAX_WHY_LENGTH = 500;
export const MAX_SIGNATURE_LENGTH = MAX_PRINCIPAL_NAME + MAX_NAME_LENGTH + ' as '.length;

/** `alice` of `arn:aws:sts::123456789012:assumed-role/Operators/alice`, and `root` of an account's root. */
function principalName(arn: string): string {
  const resource = arn.slice(arn.lastIndexOf(':') + 1);
  return resource.slice(resource.lastIndexOf('/') + 1).slice(0, MAX_PRINCIPAL_NAME) || 'unknown';
}
