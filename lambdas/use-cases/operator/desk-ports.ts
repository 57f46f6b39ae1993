import type { HttpOperation } from '../../contract/failure.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { Clock } from '../../contract/time.ts';
import type { CircuitStore } from '../../domain/circuit/circuit-store.ts';
import type { OperationName, OperatorArguments } from '../../domain/operator/operator-call.ts';
import type { Wake } from '../conflict/answer-question.ts';
import type { IncidentStore } from '../escalation/incident-store.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { RedriveRuns } from '../redrive/runs.ts';
import type { AuditLog } from './audit.ts';
import type { OperatorResults } from './desk.ts';

/**
 * Does a request once, and returns its result to each repetition of it. If the request fails, a repetition does it
 * again.
 *
 * @throws IdempotencyAlreadyInProgressError while another invocation does the same request
 */
export type Once = (key: string, work: () => Promise<string>) => Promise<string>;

export interface DeskPorts {
  readonly once: Once;
  readonly audit: AuditLog;
  readonly ledger: Pick<Ledger, 'get' | 'editOperation' | 'discard' | 'allowCycle'>;
  /** The ledger for decisions. If nobody wakes the machine, the reconciler soon does. */
  readonly decisions: Pick<Ledger, 'now' | 'get' | 'recordAnswer'>;
  readonly wake: Wake;
  readonly circuits: CircuitStore;
  readonly runs: RedriveRuns;
  readonly incidents: Pick<IncidentStore, 'read'>;
  /** Pauses or resumes the lane of a dependency. */
  readonly turnLane: (dependency: string, isPaused: boolean) => Promise<void>;
  /** Puts an `Operation Failed` event with this detail on the bus, from {@link OPERATOR_SOURCE} in {@link account}. */
  readonly report: (detail: string) => Promise<void>;
  /**
   * Puts the body into an operation that claims one.
   *
   * @throws BodyClaimError if there is no such body
   */
  readonly claimBody: (operation: HttpOperation) => Promise<HttpOperation>;
  /** AWS account that the bus sees as the sender of such events. */
  readonly account: string;
  readonly dependencies: ReadonlyMap<string, DependencySettings>;
  /** How long the ledger keeps a failure, in milliseconds. */
  readonly retentionMs: number;
  readonly now: Clock;
  /** Called if the end of an action could not be recorded. */
  readonly onUnrecorded: (error: unknown) => void;
}

/** Does an operation for the principal whose ARN AWS gave. */
export type Operation<Name extends OperationName> = (
  args: OperatorArguments[Name],
  principal: string,
  ports: DeskPorts,
) => Promise<OperatorResults[Name]>;

/** One function for each of these operations. */
export type Operations<Names extends OperationName> = { readonly [Name in Names]: Operation<Name> };
