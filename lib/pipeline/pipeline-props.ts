import type { Duration } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { AlarmConfig } from '../config/alarm-config.ts';
import type { BackstopConfig } from '../config/dependency-config.ts';
import type { EscalationConfig } from '../escalation/escalation-config.ts';
import type { FailureStore } from '../parts/failure-store.ts';

export interface ResiliencePipelineProps extends BackstopConfig {
  /** Where failures are kept. Best in a stack of its own, which is hardly ever changed. @default - a store of its own */
  readonly store?: FailureStore;

  /** How long a failure is tried at until it becomes a dead letter, 1 s to 23 h. @default Duration.hours(6) */
  readonly deadline?: Duration;

  /**
   * How long a conflict that no rule can settle waits for a human, 1 s to 14 days; then the failure becomes a dead letter.
   * @default Duration.days(3)
   */
  readonly decisionTimeout?: Duration;

  /**
   * Cap of the first wait between durable attempts, 1 s to 1 h; each next cap is 6 times as long, at most 1 h. Each wait is
   * random, from nothing up to its cap. @default Duration.seconds(20)
   */
  readonly durableRetryInterval?: Duration;

  /** How long the ledger remembers a failure after its last change of state, 15 to 365 days. @default Duration.days(30) */
  readonly retention?: Duration;

  /** How often to look for failures that stand still, 1 to 60 whole minutes. @default Duration.minutes(5) */
  readonly reconcileEvery?: Duration;

  /** How long a failure may stand still until it is looked after, 1 s to 12 h. @default Duration.minutes(15) */
  readonly reconcileAfter?: Duration;

  /** Messages that one invocation of a worker gets at most, 1 to 10. @default 5 */
  readonly batchSize?: number;

  /** From which values on the alarms of lanes ring. @default - as its settings say */
  readonly alarms?: AlarmConfig;

  /** How humans are told of incidents. @default - they subscribe to the topics P1 and P2 */
  readonly escalation?: EscalationConfig;

  /** Whether there are dashboards: an overview with a row for each dependency, and the cost. @default true */
  readonly dashboards?: boolean;

  /** Whether `/health` and `/metrics` can be asked for, with AWS credentials, at a URL. @default true */
  readonly health?: boolean;

  /** Where the runbook is to be read; alarms and dead letters link its sections. @default 'docs/runbook.md' */
  readonly runbookUrl?: string;

  /** How long logs are kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;

  /** Folder of the handlers. @default - the one of this package */
  readonly handlers?: string;
}
