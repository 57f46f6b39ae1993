import type { Duration } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Canary } from '../parts/canary.ts';
import type { Escalations } from '../parts/escalations.ts';
import type { IFailureStore } from '../parts/failure-store.ts';
import type { RecoveryFunctions } from './recovery-functions.ts';

export interface RecoveryMachineProps {
  readonly functions: RecoveryFunctions;
  /** Keeps failures that the machine could not settle. */
  readonly lastResort: IQueue;
  readonly store: IFailureStore;
  /** Shifts to new versions of the machine slowly. */
  readonly canary?: Canary | undefined;
  /** Receives questions and failed undos. */
  readonly escalations: Escalations;
  /** How long a question waits for a human. */
  readonly decisionTimeout: Duration;
  /** Cap of the first wait between durable attempts. */
  readonly retryInterval: Duration;
  readonly logRetention: RetentionDays;
}
