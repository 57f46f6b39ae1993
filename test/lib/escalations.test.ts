import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../lib/handler-bundle.ts';
import { named, resource, resourcesOf, synthesizeTemplates } from './templates.ts';

const { pipeline } = synthesizeTemplates();

interface Counted {
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Value: unknown }[];
}

const alarms = Object.entries(resourcesOf(pipeline, 'AWS::CloudWatch::Alarm'));

/** Anchors of the runbook's headings, as GitHub makes them. */
const runbook = readFileSync(join(packageRoot(), 'docs/runbook.md'), 'utf8');
const sections = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'));

describe('every alarm', () => {
  it.each(alarms)('tells the topic, also when it is over, and links the runbook: %s', (_, { Properties }) => {
    const topic = { Ref: expect.stringContaining('Escalations') };
    expect(Properties).toMatchObject({
      AlarmActions: [topic],
      OKActions: [topic],
      AlarmDescription: expect.stringMatching(/^[A-Z].+\. What to do: docs\/runbook\.md#[a-z-]+$/),
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  it.each(alarms)('links a section that the runbook has: %s', (_, { Properties }) => {
    const [, section = ''] = Properties.AlarmDescription.split('#');
    expect(sections).toContain(section);
  });

  it.each([
    [
      'PipelinePaymentsLaneDeadLettersAlarm',
      'PaymentsLaneDeadLetters.QueueName',
      'ApproximateNumberOfMessagesVisible',
      1,
      'lane-dead-letters',
    ],
    // Twice the time for which a message is hidden
    [
      'PipelinePaymentsLaneSlowLaneAlarm',
      'PaymentsLaneQueue.QueueName',
      'ApproximateAgeOfOldestMessage',
      1_560,
      'lane-backlog',
    ],
    [
      'PipelineStockLevelsLaneSlowLaneAlarm',
      'StockLevelsLaneQueue.QueueName',
      'ApproximateAgeOfOldestMessage',
      900,
      'lane-backlog',
    ],
    ['PipelineRejectsAlarm', 'Rejects.QueueName', 'ApproximateNumberOfMessagesVisible', 1, 'rejected-events'],
    ['PipelineLastResortAlarm', 'LastResort.QueueName', 'ApproximateNumberOfMessagesVisible', 1, 'last-resort'],
    ['PipelinePublisherErrorsAlarm', 'PublisherFunction', 'Errors', 1, 'publisher-errors'],
    ['PipelinePublisherLateAlarm', 'PublisherFunction', 'IteratorAge', 300_000, 'publisher-errors'],
    ['PipelineCircuitStoreAlarm', 'backstop', 'CircuitStoreUnreachable', 1, 'circuit-store-unreachable'],
    ['PipelineUndoAlarm', 'backstop', 'UndoFailed', 1, 'undo-incomplete'],
  ])('looks at the metric of its resource: %s', (id, watched, MetricName, Threshold, section) => {
    const { Properties } = resource(pipeline, 'AWS::CloudWatch::Alarm', id);
    expect(Properties).toMatchObject({
      MetricName,
      Threshold,
      AlarmDescription: expect.stringContaining(`#${section}`),
    });
    expect(Properties.Dimensions.map(({ Value }: { Value: unknown }) => named(Value))).toEqual([watched]);
  });

  it('for executions counts all ways in which those of the machine end badly', () => {
    const { Metrics } = resource(pipeline, 'AWS::CloudWatch::Alarm', 'PipelineFailedRecoveriesAlarm').Properties;
    const [{ Expression }, ...counted] = Metrics;
    expect(Expression).toBe('FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)');
    expect(
      counted.map(({ MetricStat: { Metric, Stat } }: { MetricStat: { Metric: Counted; Stat: string } }) => [
        Metric.MetricName,
        Stat,
        ...Metric.Dimensions.map(({ Value }) => named(Value)),
      ]),
    ).toEqual([
      ['ExecutionsFailed', 'Sum', 'RecoveryMachine'],
      ['ExecutionsTimedOut', 'Sum', 'RecoveryMachine'],
      ['ExecutionsAborted', 'Sum', 'RecoveryMachine'],
    ]);
  });
});

describe('the topic', () => {
  it('is encrypted, refuses calls without TLS, and takes messages from alarms of the account', () => {
    pipeline.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
    pipeline.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });
});
