import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FEW_FAULTS } from '../lane/lane-alarms.ts';
import { AlarmGroup } from '../parts/alarm-group.ts';
import type { BackstopFunction } from '../parts/backstop-function.ts';
import { backstopMetric } from '../parts/backstop-metric.ts';
import { ALARM_PERIOD, type Escalations } from '../parts/escalations.ts';
import type { RecoveryFunctions } from '../recovery/recovery-functions.ts';
import type { RecoveryMachine } from '../recovery/recovery-machine.ts';

interface OwnAlarmsProps {
  readonly escalations: Escalations;
  readonly lastResort: Queue;
  readonly rejects: Queue;
  readonly recovery: RecoveryMachine;
  /** The functions of the machine. */
  readonly functions: Pick<RecoveryFunctions, 'all'>;
  readonly publisher: BackstopFunction;
  readonly reconciler: BackstopFunction;
  /** Interval of the reconciler. */
  readonly reconcileEvery: Duration;
}

const FIVE_MINUTES = Duration.minutes(5);
/** Percent of a function's memory. The first two can wait; at the last, Lambda is about to kill the function. */
const MEMORY = { noticeable: 70, short: 85, critical: 95 };

/** Alarms on Backstop's own faults: an urgent group, a group that can wait, and one for rejected events. */
export class OwnAlarms extends Construct {
  /** Alarms that a human must act on now. */
  readonly trouble: AlarmGroup;
  /** Alarms that can wait. */
  readonly attention: AlarmGroup;

  constructor(scope: Construct, id: string, props: OwnAlarmsProps) {
    super(scope, id);
    const { escalations } = props;
    this.trouble = new AlarmGroup(this, 'Trouble', {
      escalations,
      priority: 'P1',
      summary: 'Backstop itself is unhealthy.',
      section: 'backstop-in-trouble',
    });
    this.attention = new AlarmGroup(this, 'Attention', {
      escalations,
      summary: 'Backstop functions use most of their memory.',
      section: 'memory',
    });
    escalations.alarm(this, 'Rejects', {
      summary: 'Backstop rejected events that it could not accept.',
      section: 'rejected-events',
      metric: props.rejects.metricApproximateNumberOfMessagesVisible({ period: ALARM_PERIOD }),
    });
    this.watchStores(props);
    this.watchMachine(props);
    this.watchPublisher(props);
    this.watchReconciler(props);
    this.watchMemory();
  }

  private watchStores({ lastResort, functions }: OwnAlarmsProps): void {
    this.trouble.add(this, 'LastResort', {
      summary: 'Backstop could not finish its own work: messages wait in the last-resort queue.',
      section: 'last-resort',
      metric: lastResort.metricApproximateNumberOfMessagesVisible({ period: ALARM_PERIOD }),
    });
    this.trouble.add(this, 'CircuitStore', {
      summary: "Backstop can't reach the circuits table: calls pass even to dependencies that are down.",
      section: 'circuit-store-unreachable',
      metric: backstopMetric(this, 'CircuitStoreUnreachable', {}, { statistic: 'Sum', period: FIVE_MINUTES }),
      threshold: FEW_FAULTS,
    });
    const faults = this.trouble.add(this, 'HandlerFailed', {
      summary: 'Backstop functions hit internal errors.',
      section: 'handler-failed',
      metric: backstopMetric(this, 'HandlerFailed', {}, { statistic: 'Sum', period: FIVE_MINUTES }),
      threshold: FEW_FAULTS,
    });
    for (const fn of functions.all) fn.takeBackOn(faults);
  }

  private watchMachine({ recovery }: OwnAlarmsProps): void {
    const { stateMachine } = recovery;
    const failed = this.trouble.add(this, 'FailedRecoveries', {
      summary: 'Recovery machine executions failed, timed out or were aborted.',
      section: 'recovery-executions-failed',
      metric: new MathExpression({
        // Without FILL, one metric without data leaves the sum without data.
        expression: 'FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)',
        usingMetrics: {
          failed: stateMachine.metricFailed(),
          timedOut: stateMachine.metricTimedOut(),
          aborted: stateMachine.metricAborted(),
        },
        label: 'Failed executions',
        period: ALARM_PERIOD,
      }),
    });
    recovery.takeBackOn(failed);
  }

  private watchPublisher({ publisher }: OwnAlarmsProps): void {
    this.trouble.add(this, 'PublisherErrors', {
      summary: 'The publisher of outcomes and circuit changes keeps failing.',
      section: 'publisher-errors',
      metric: publisher.metricErrors({ period: FIVE_MINUTES }),
      threshold: FEW_FAULTS,
    });
    this.trouble.add(this, 'PublisherLate', {
      summary: 'Outcomes and circuit changes are published late.',
      section: 'publisher-errors',
      metric: publisher.metric('IteratorAge', { period: ALARM_PERIOD, statistic: 'Maximum' }),
      threshold: FIVE_MINUTES.toMilliseconds(),
    });
    this.trouble.add(this, 'OutboxLag', {
      summary: 'The publisher missed outcomes: the reconciler published them late.',
      section: 'outbox-lag',
      metric: backstopMetric(
        this,
        'FailureReconciled',
        { repair: 'published' },
        { statistic: 'Sum', period: FIVE_MINUTES },
      ),
    });
  }

  /** The reconciler is the last to detect a stuck failure, so nothing else covers for it. */
  private watchReconciler({ reconciler, reconcileEvery }: OwnAlarmsProps): void {
    this.trouble.add(this, 'ReconcilerSilent', {
      summary: 'The reconciler has not run for three intervals.',
      section: 'reconciler-silent',
      metric: new MathExpression({
        expression: 'IF(runs < 1, 1, 0)',
        usingMetrics: { runs: reconciler.metricInvocations() },
        label: 'Missed runs',
        period: Duration.seconds(3 * reconcileEvery.toSeconds()),
      }),
      whereNothing: 'wrong',
    });
  }

  private watchMemory(): void {
    const metric = backstopMetric(this, 'MemoryUsed', {}, { statistic: 'Maximum', period: FIVE_MINUTES });
    for (const [name, threshold] of [
      ['MemoryNoticeable', MEMORY.noticeable],
      ['MemoryShort', MEMORY.short],
    ] as const) {
      const summary = `A function of Backstop has used ${threshold} % of its memory.`;
      this.attention.add(this, name, { summary, section: 'memory', metric, threshold });
    }
    this.trouble.add(this, 'MemoryCritical', {
      summary: `A function of Backstop has used ${MEMORY.critical} % of its memory and is about to run out.`,
      section: 'memory',
      metric,
      threshold: MEMORY.critical,
    });
  }
}
