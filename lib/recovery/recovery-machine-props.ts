import type { Duration } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Escalations } from '../parts/escalations.ts';
import type { FailureStore } from '../parts/failure-store.ts';
import type { RecoveryFunctions } from './recovery-functions.ts';

export interface RecoveryMachineProps {
  readonly functions: RecoveryFunctions;
  /** Keeps what could not be settled. */
  readonly lastResort: IQueue;
  readonly store: FailureStore;
  /** Told of questions, and where completed steps could not be undone. */
  readonly escalations: Escalations;
  /** How long a human has to decide. */
  readonly decisionTimeout: Duration;
  /** Cap of the first wait between durable attempts. */
  readonly retryInterval: Duration;
  readonly logRetention: RetentionDays;
}
