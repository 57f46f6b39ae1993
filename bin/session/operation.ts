import type { Compensation } from '../../lambdas/contract/compensation.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { WhoOptions } from './dead-letters.ts';
import type { Session } from './session.ts';

export interface RevealOptions extends WhoOptions {
  /** Whether to show the operation as it is. */
  readonly reveal?: boolean;
}

/** An operation as the operator function shows it. */
export interface ShownOperation {
  /** Absent if it is no longer stored, or could not be read. */
  readonly operation?: unknown;
  /** Only of a revealed operation: what undoes its completed steps. */
  readonly undos?: readonly unknown[];
  /** What a fallback has answered: masked or revealed, as the operation. */
  readonly answer?: unknown;
  readonly compensation?: Compensation | undefined;
  /** Why it lacks the body that it claims, although it is revealed. */
  readonly unshownBody?: string | undefined;
  /** Why it could not be read. */
  readonly problem?: string;
}

/**
 * The operation of a failure: masked, or revealed on the record.
 *
 * @throws UsageError if it is to be revealed without a reason
 * @throws DeclinedError if the operator declines
 */
export async function operationOf(
  session: Session,
  { id, dependency, tenant }: LedgerEntry,
  { reveal = false, ...who }: RevealOptions = {},
): Promise<ShownOperation> {
  const failure = { id, dependency, tenant };
  const said = reveal ? await confirmReveal(session, id, who) : undefined;
  // Everything else about the failure is worth showing without it.
  const masked = await session.desk('view', { failure }).catch((error: Error) => ({ problem: error.message }));
  if (said === undefined || 'problem' in masked) return masked;
  // A function of the version before does not tell of undos.
  const {
    operation,
    answer,
    undos = [],
    unshownBody,
  }: ShownOperation = await session.desk('reveal', {
    ...said,
    failure,
  });
  return { ...masked, operation, answer, undos, unshownBody };
}

/** Asks before it reveals anything, because the audit log will have it. */
export function confirmReveal(session: Session, id: string, who: WhoOptions) {
  const plan = `Show the operation of ${id} without masks. Backstop records that you saw it, and why.`;
  return session.confirm({ ...who, plan });
}
