import type { Compensation } from '../../contract/compensation.ts';
import type { CircuitSnapshot } from '../../domain/circuit/circuit-store.ts';
import type { Json } from '../../domain/json/json-value.ts';
import type { OperationName, OperatorArguments } from '../../domain/operator/operator-call.ts';
import type { Edit } from '../../domain/redrive/edit-operation.ts';
import type { RedriveRun } from '../redrive/runs.ts';

/** Who acts, as texts show it. */
interface Signed {
  readonly by: string;
}

/** What a patch would change. */
export interface EditPreview extends Pick<Edit, 'number' | 'fields' | 'difference'> {
  /** The cycle that it belongs to. */
  readonly cycle: number;
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
  readonly view: {
    /** Masked. Absent once the ledger has dropped it. */
    readonly operation?: Json | undefined;
    /** What a fallback has answered, masked. */
    readonly answer?: Json | undefined;
    readonly compensation: Compensation;
    readonly edit?: EditPreview | undefined;
  };
  readonly reveal: Signed & {
    /** With the body that it claims. */
    readonly operation: Json;
    /** What a fallback has answered. */
    readonly answer?: Json | undefined;
    /** Why a claimed body is not in the operation. Absent if nothing is missing. */
    readonly unshownBody?: string | undefined;
    /** The completed steps, with the operation that undoes each. */
    readonly undos: readonly RevealedUndo[];
    readonly edit?: EditPreview | undefined;
  };
  readonly check: Signed;
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
 * Takes every write of operators, and every look at an operation. It knows who calls, and records each action before it
 * begins and after it has ended.
 *
 * @throws RefusedError, DecisionError, EditError or RedriveUnderWayError if the action is not possible now
 */
export type Desk = <Name extends OperationName>(
  operation: Name,
  args: OperatorArguments[Name],
) => Promise<OperatorResults[Name]>;

export interface RevealedUndo {
  readonly name: string;
  readonly dependency: string;
  readonly operation: Json;
}

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
