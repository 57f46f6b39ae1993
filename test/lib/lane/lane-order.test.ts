import { Duration } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { named, resource, resourcesOf, sharedTemplates } from '../templates.ts';

const { app, pipeline } = sharedTemplates('oneOrderedOfTwo');
const laneResource = (type: string, part: string) => resource(pipeline, type, `PipelineBooksLane${part}`).Properties;

describe('an ordered lane', () => {
  it('has a FIFO queue, whose groups know nothing of each other, between its queue and its worker', () => {
    expect(laneResource('AWS::SQS::Queue', 'OrderedQueue')).toMatchObject({
      FifoQueue: true,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
      MessageRetentionPeriod: Duration.days(14).toSeconds(),
      KmsMasterKeyId: expect.anything(),
    });
    expect(named(laneResource('AWS::Lambda::EventSourceMapping', 'OrderedSource').EventSourceArn)).toBe(
      'BooksLaneQueue',
    );
    expect(named(laneResource('AWS::Lambda::EventSourceMapping', 'Source').EventSourceArn)).toBe(
      'BooksLaneOrderedQueue',
    );
  });

  it('takes messages over TLS only', () => {
    const { PolicyDocument } = laneResource('AWS::SQS::QueuePolicy', 'OrderedQueuePolicy');
    expect(PolicyDocument.Statement).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      expect.objectContaining({ Effect: 'Allow', Action: 'sqs:GetQueueAttributes' }),
    ]);
  });

  it('leaves it to the worker to set aside what always fails: a message that waits is received as well', () => {
    expect(laneResource('AWS::SQS::Queue', 'OrderedQueue')).not.toHaveProperty('RedrivePolicy');
    expect(laneResource('AWS::SQS::Queue', 'Queue')).toMatchObject({ RedrivePolicy: { maxReceiveCount: 5 } });
  });

  it('sorts ten messages at once, and works on one', () => {
    const common = { ScalingConfig: { MaximumConcurrency: 7 }, FunctionResponseTypes: ['ReportBatchItemFailures'] };
    expect(laneResource('AWS::Lambda::EventSourceMapping', 'OrderedSource')).toMatchObject({
      ...common,
      BatchSize: 10,
    });
    expect(laneResource('AWS::Lambda::EventSourceMapping', 'Source')).toMatchObject({ ...common, BatchSize: 1 });
  });

  it('hides messages six times as long as the function has that gets them', () => {
    for (const [fn, queue] of [
      ['OrderedSorter', 'Queue'],
      ['Worker', 'OrderedQueue'],
    ] as const) {
      const { Timeout } = laneResource('AWS::Lambda::Function', fn);
      expect(laneResource('AWS::SQS::Queue', queue).VisibilityTimeout).toBe(6 * Timeout);
    }
    // SQS drops duplicates for five minutes. A crashed sorter must send again within that time.
    expect(laneResource('AWS::SQS::Queue', 'Queue').VisibilityTimeout).toBeLessThan(300);
  });

  it('tells its functions which queue is meant', () => {
    const variables = (fn: string) => laneResource('AWS::Lambda::Function', fn).Environment.Variables;
    expect(named(variables('OrderedSorter').ORDERED_QUEUE_URL)).toBe('BooksLaneOrderedQueue');
    expect(variables('OrderedSorter').DEPENDENCY).toBe('books');
    expect(named(variables('Worker').ORDERED_QUEUE_URL)).toBe('BooksLaneOrderedQueue');
    expect(variables('Worker')).not.toHaveProperty('LANE_QUEUE_URL');
    expect(laneResource('AWS::Lambda::Function', 'Worker')).not.toHaveProperty('RecursiveLoop');
  });

  it('alarms when a failure waits for longer than Backstop retries the one before it', () => {
    const { MetricName, Dimensions, Threshold } = laneResource('AWS::CloudWatch::Alarm', 'OrderedSlowResourceAlarm');
    expect([MetricName, named(Dimensions[0].Value)]).toEqual([
      'ApproximateAgeOfOldestMessage',
      'BooksLaneOrderedQueue.QueueName',
    ]);
    expect(Threshold).toBe(Duration.hours(6).toSeconds() + Duration.minutes(15).toSeconds());
  });

  it('names its queue among its facts', () => {
    const facts = (lane: string) =>
      named(resource(pipeline, 'AWS::SSM::Parameter', `Pipeline${lane}Facts`).Properties.Value);
    expect(facts('BooksLane')).toContain('"orderedQueueUrl":"BooksLaneOrderedQueue"');
    expect(facts('StockLane')).not.toContain('orderedQueueUrl');
  });

  it('is found to be in order by cdk-nag', () => {
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });
});

describe('any other lane', () => {
  it('has nothing of it', () => {
    const fifo = Object.values(resourcesOf(pipeline, 'AWS::SQS::Queue')).filter(
      ({ Properties }) => Properties.FifoQueue,
    );
    expect(fifo).toHaveLength(1);
    const worker = resource(pipeline, 'AWS::Lambda::Function', 'PipelineStockLaneWorker').Properties;
    expect(named(worker.Environment.Variables.LANE_QUEUE_URL)).toBe('StockLaneQueue');
    expect(worker.Environment.Variables).not.toHaveProperty('ORDERED_QUEUE_URL');
    expect(resource(pipeline, 'AWS::Lambda::EventSourceMapping', 'PipelineStockLaneSource').Properties.BatchSize).toBe(
      10,
    );
  });
});
