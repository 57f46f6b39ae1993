import type { CircuitSnapshot } from '../../domain/circuit/circuit-store.ts';
import type { OperationName, OperatorArguments } from '../../domain/operator/operator-call.ts';
import type { RedriveRun } from '../redrive/runs.ts';

/** Who acts, as texts show it. */
interface Signed {
  readonly by: string;
}

/** Results by operation. */
export interface OperatorResults {
  readonly 'force-circuit': Signed & { readonly snapshot: CircuitSnapshot };
  readonly 'release-circuit': Signed & { readonly snapshot: CircuitSnapshot };
  readonly 'turn-lane': Signed;
  readonly acknowledge: Signed;
  /** `notWoken`: the name of the error because of which the execution wakes up minutes later. */
  readonly decide: Signed & { readonly notWoken?: string | undefined };
  readonly edit: Signed;
  readonly send: Signed & { readonly id: string };
  readonly begin: Signed & { readonly act: string };
  /** `discarded`: whether the failure is discarded now. */
  readonly discard: { readonly discarded: boolean };
  /** `cyclesAllowed`: absent if the failure has changed. */
  readonly 'allow-cycle': { readonly cyclesAllowed?: number | undefined };
  readonly 'claim-run': Signed;
  readonly 'release-run': Readonly<Record<string, never>>;
  readonly 'begin-run': { readonly run: RedriveRun };
  /** `renewed`: false if another run has taken over. */
  readonly 'renew-run': { readonly renewed: boolean };
  readonly 'end-run': Readonly<Record<string, never>>;
  readonly end: Readonly<Record<string, never>>;
}

/**
 * Takes every write of operators. It knows who calls, and records each action before it begins and after it has ended.
 *
 * @throws RefusedError, DecisionError, EditError or RedriveUnderWayError if the action is not possible now
 */
export type Desk = <Name extends OperationName>(
  operation: Name,
  args: OperatorArguments[Name],
) => Promise<OperatorResults[Name]>;

/** The action is not possible now. The message says why. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** Names of errors whose message is for the operator. */
export const REFUSALS: ReadonlySet<string> = new Set([
  'RefusedError',
  'DecisionError',
  'EditError',
  'RedriveUnderWayError',
]);
