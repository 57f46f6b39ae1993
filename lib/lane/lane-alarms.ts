import { Duration } from 'aws-cdk-lib';
import { type Alarm, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ownMember } from '../../lambdas/contract/own-member.ts';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import type { AlarmSettings } from '../config/alarm-schema.ts';
import { AlarmGroup } from '../parts/alarm-group.ts';
import { backstopMetric } from '../parts/backstop-metric.ts';
import { ALARM_PERIOD, type Escalations } from '../parts/escalations.ts';

interface LaneAlarmsProps {
  readonly escalations: Escalations;
  readonly thresholds: AlarmSettings;
  readonly settings: Pick<DependencySettings, 'name' | 'priority'>;
  readonly queue: Queue;
  /** The queue that the worker reads: the lane queue, or the ordered queue. */
  readonly waiting: Queue;
  readonly deadLetterQueue: Queue;
  readonly worker: LambdaFunction;
  /** Batches that run at once. */
  readonly maxConcurrency: number;
  /** How long a received message of the lane queue stays hidden. */
  readonly visibilityTimeout: Duration;
}

const FIVE_MINUTES = Duration.minutes(5);
/** The error rate assumes at least this many invocations, so that a single error of few is not a high rate. */
const FEW_INVOCATIONS = 100;
/** The shortest age of a waiting message that sets off the alarm. */
const MESSAGE_PATIENCE = Duration.minutes(15);
/** A backlog of at most this many messages may grow without an alarm. */
const FEW_MESSAGES = 100;
/** Fewer messages in five minutes never count as unusual, redriven and returned ones included. */
const FEW_FAILURES = 20;
/** Fewer faults in five minutes count as bad luck, because a retry recovers from them. */
export const FEW_FAULTS = 3;

/** All alarms of a lane, and the composite alarm that reports them. */
export class LaneAlarms extends Construct {
  readonly group: AlarmGroup;
  /** Those that ring when a version of the worker is bad. */
  readonly ofItsWorker: Alarm[] = [];

  constructor(scope: Construct, id: string, props: LaneAlarmsProps) {
    super(scope, id);
    const { escalations, settings } = props;
    this.group = new AlarmGroup(this, 'Trouble', {
      escalations,
      dependency: settings.name,
      priority: settings.priority === 'P1' ? 'P1' : 'P2',
      summary: `Failures of ${settings.name} are not recovering as they should.`,
      section: 'dependency-in-trouble',
    });
    this.watchQueues(props);
    this.watchCalls(props);
    this.watchWorker(props);
    if (props.thresholds.anomalyDetection) this.watchVolume(props);
  }

  private watchQueues({ settings: { name }, deadLetterQueue, visibilityTimeout, ...queues }: LaneAlarmsProps): void {
    this.group.add(this, 'DeadLetters', {
      summary: `Dead letters of ${name} wait in its dead-letter queue.`,
      section: 'lane-dead-letters',
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: ALARM_PERIOD }),
    });
    this.group.add(this, 'Slow', {
      summary: `Failures of ${name} wait too long: its worker is too slow, or fails.`,
      section: 'lane-backlog',
      metric: queues.queue.metricApproximateAgeOfOldestMessage({ period: ALARM_PERIOD }),
      // If the worker crashes, its message stays hidden for one visibility timeout.
      threshold: Math.max(MESSAGE_PATIENCE.toSeconds(), 2 * visibilityTimeout.toSeconds()),
    });
    this.group.add(this, 'Growing', {
      summary: `The backlog of ${name} has grown for 30 minutes.`,
      section: 'lane-growing',
      metric: new MathExpression({
        // Failures that wait for the circuit are delayed messages.
        expression: `IF(visible + delayed > ${FEW_MESSAGES}, DIFF(visible + delayed), 0)`,
        usingMetrics: {
          visible: queues.waiting.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
          delayed: queues.waiting.metricApproximateNumberOfMessagesDelayed({ statistic: 'Maximum' }),
        },
        label: 'Growth over five minutes',
        period: FIVE_MINUTES,
      }),
      periods: 6,
    });
  }

  private watchCalls({ settings: { name }, thresholds }: LaneAlarmsProps): void {
    const dependency = { dependency: name };
    const slow = ownMember(thresholds.latencyP99Of, name) ?? thresholds.latencyP99;
    this.group.add(this, 'CircuitOpen', {
      summary: `A circuit of ${name} is open: it blocks calls.`,
      section: 'circuit-open',
      metric: backstopMetric(this, 'CircuitsOpen', dependency, { statistic: 'Maximum', period: ALARM_PERIOD }),
      // The metric arrives when the circuit opens, then every few minutes while it is open. No data means no change.
      whereNothing: 'as-before',
    });
    this.group.add(this, 'SlowCalls', {
      summary: `Calls to ${name} are slow: 1 in 100 takes longer than ${slow.toHumanString()}.`,
      section: 'slow-calls',
      metric: backstopMetric(this, 'CallDuration', dependency, { statistic: 'p99', period: FIVE_MINUTES }),
      threshold: slow.toMilliseconds(),
      above: true,
      periods: 3,
    });
    this.group.add(this, 'Undo', {
      summary: `Undo failed: steps completed before failures of ${name} are still in effect.`,
      section: 'undo-incomplete',
      metric: backstopMetric(this, 'UndoFailed', dependency, { statistic: 'Sum', period: ALARM_PERIOD }),
    });
  }

  private watchWorker({ settings: { name }, worker, thresholds, maxConcurrency }: LaneAlarmsProps): void {
    const errors = this.group.add(this, 'Errors', {
      summary: `The worker of ${name} keeps failing.`,
      section: 'worker-errors',
      metric: new MathExpression({
        expression: `errors / IF(invocations > ${FEW_INVOCATIONS}, invocations, ${FEW_INVOCATIONS})`,
        usingMetrics: { errors: worker.metricErrors(), invocations: worker.metricInvocations() },
        label: 'Share of failed invocations',
        period: FIVE_MINUTES,
      }),
      threshold: thresholds.errorRate,
      above: true,
    });
    const faults = this.group.add(this, 'HandlerFailed', {
      summary: `Backstop hit internal errors while it handled messages of ${name}.`,
      section: 'handler-failed',
      metric: backstopMetric(this, 'HandlerFailed', { dependency: name }, { statistic: 'Sum', period: FIVE_MINUTES }),
      threshold: FEW_FAULTS,
    });
    this.ofItsWorker.push(errors, faults);
    this.group.add(this, 'Concurrency', {
      summary: `The worker of ${name} has run near its concurrency limit for 15 minutes.`,
      section: 'lane-concurrency',
      metric: worker.metric('ConcurrentExecutions', { statistic: 'Maximum', period: FIVE_MINUTES }),
      threshold: thresholds.concurrency * maxConcurrency,
      above: true,
      periods: 3,
    });
  }

  /** No fixed limit fits every dependency, so this alarm learns the usual volume. */
  private watchVolume({ settings: { name }, queue }: LaneAlarmsProps): void {
    this.group.addUnusual(this, 'Unusual', {
      summary: `Unusually many failures of ${name} are arriving.`,
      section: 'unusual-volume',
      metric: queue.metricNumberOfMessagesSent({ statistic: 'Sum', period: FIVE_MINUTES }),
      threshold: FEW_FAILURES,
      periods: 3,
    });
  }
}
