import type { Duration } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { BackstopFunction, type BackstopFunctionProps } from './backstop-function.ts';
import type { BodyStore } from './body-store.ts';
import type { OutcomeBus } from './buses.ts';
import type { Canary } from './canary.ts';
import type { Escalations } from './escalations.ts';
import type { IFailureStore } from './failure-store.ts';
import type { Network } from './network.ts';

/** The props that all parts of a pipeline share. */
export interface SharedParts {
  /** The bundle of all handlers, with the settings of every dependency. */
  readonly code: Code;
  readonly store: IFailureStore;
  /** The bus that takes reports of failures. */
  readonly bus: IEventBus;
  /** The bus of what Backstop says. */
  readonly outcomes: OutcomeBus;
  readonly escalations: Escalations;
  /** Address of the runbook. */
  readonly runbookUrl: string;
  /** How long Backstop retries a failure. */
  readonly deadline: Duration;
  /** How long a question waits for a human. */
  readonly decisionTimeout: Duration;
  /** How long the ledger keeps a failure after its last change of state. */
  readonly retention: Duration;
  /** How long a failure may make no progress before the reconciler takes it up. */
  readonly reconcileAfter: Duration;
  readonly logRetention: RetentionDays;
  /**
   * Shifts the traffic of functions on the path of a failure to new versions.
   *
   * @default - new versions get it at once
   */
  readonly canary?: Canary | undefined;
  /** Whether large operations get items of their own in the ledger. */
  readonly separateOperations: boolean;
  /** The bucket for large bodies. @default - none */
  readonly bodies?: BodyStore | undefined;
  /** Where functions run that call dependencies. @default - outside of any VPC */
  readonly network?: Network | undefined;
}

/** Creates a function that works on the ledger. */
export function ledgerFunction(
  scope: Construct,
  id: string,
  { code, store, deadline, decisionTimeout, retention, reconcileAfter, logRetention, separateOperations }: SharedParts,
  props: Pick<BackstopFunctionProps, 'handler' | 'description' | 'timeout'> &
    Partial<Pick<BackstopFunctionProps, 'canary' | 'environment' | 'sendsToItself' | 'network' | 'permissionsInRole'>>,
): BackstopFunction {
  return new BackstopFunction(scope, id, {
    ...props,
    code,
    logRetention,
    encryptionKey: store.encryptionKey,
    environment: {
      LEDGER_TABLE: store.ledger.tableName,
      CIRCUITS_TABLE: store.circuits.tableName,
      DEADLINE_MS: String(deadline.toMilliseconds()),
      DECISION_MS: String(decisionTimeout.toMilliseconds()),
      RECONCILE_AFTER_MS: String(reconcileAfter.toMilliseconds()),
      RETENTION_MS: String(retention.toMilliseconds()),
      ...(separateOperations ? { SEPARATE_OPERATIONS: 'true' } : {}),
      ...props.environment,
    },
  });
}
