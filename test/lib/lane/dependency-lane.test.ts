import { Duration, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { BackstopConfig } from '../../../lib/config/dependency-config.ts';
import { named, resource, sharedTemplates, synthesizeTemplates } from '../templates.ts';

const { pipeline } = sharedTemplates();
const laneResource = (type: string, part: string) => resource(pipeline, type, `PipelinePaymentsLane${part}`).Properties;

describe('a lane', () => {
  it('takes the events that name its dependency', () => {
    const { EventPattern, Targets } = laneResource('AWS::Events::Rule', 'Rule');
    expect(EventPattern).toEqual({ 'detail-type': ['Operation Failed'], detail: { dependency: ['payments'] } });
    expect(Targets).toHaveLength(1);
  });

  it('gives a message five times, then to its dead-letter queue, which keeps it for 14 days', () => {
    expect(laneResource('AWS::SQS::Queue', 'Queue')).toMatchObject({
      RedrivePolicy: { maxReceiveCount: 5 },
      MessageRetentionPeriod: Duration.days(4).toSeconds(),
    });
    expect(laneResource('AWS::SQS::Queue', 'DeadLetters')).toMatchObject({
      MessageRetentionPeriod: Duration.days(14).toSeconds(),
    });
  });

  it('lets its worker send messages back to it as often as it takes', () => {
    // By default, Lambda stops such loops after 16 rounds.
    expect(laneResource('AWS::Lambda::Function', 'Worker').RecursiveLoop).toBe('Allow');
    expect(laneResource('AWS::Lambda::Function', 'Worker').Environment.Variables.LANE_QUEUE_URL).toEqual({
      Ref: expect.stringContaining('PaymentsLaneQueue'),
    });
  });

  it('limits what is in work at once, and reports failures message by message', () => {
    const source = laneResource('AWS::Lambda::EventSourceMapping', 'Source');
    expect(source).toMatchObject({
      BatchSize: 5,
      ScalingConfig: { MaximumConcurrency: 7 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(source).not.toHaveProperty('MaximumBatchingWindowInSeconds');
  });

  it('has time for a whole batch, and hides messages six times as long', () => {
    // 4 × (2 s of hot budget + 20 s of the dependency's timeout + 3 s) + (2 s + 45 s of the lease + 3 s) + 5 s
    expect(laneResource('AWS::Lambda::Function', 'Worker').Timeout).toBe(155);
    expect(laneResource('AWS::SQS::Queue', 'Queue').VisibilityTimeout).toBe(930);
  });

  it('stays within the limits of Lambda with the slowest dependency and the largest batch, conflicts included', () => {
    const slow = { kind: 'http', baseUrl: 'https://slow.example.com', timeout: Duration.seconds(60) } as const;
    const contended = { ...slow, conflict: { strategy: 'ask' } } as const;
    const { pipeline: other } = synthesizeTemplates({ dependencies: { slow, contended } }, { batchSize: 10 });
    const timeout = (id: string) => resource(other, 'AWS::Lambda::Function', id).Properties.Timeout;
    expect(timeout('PipelineSlowLaneWorker')).toBe(720);
    expect(timeout('PipelineContendedLaneWorker')).toBe(885);
    const batch = (id: string) => resource(other, 'AWS::Lambda::EventSourceMapping', id).Properties.BatchSize;
    expect([batch('PipelineSlowLaneSource'), batch('PipelineContendedLaneSource')]).toEqual([10, 6]);
  });
});

describe('a dependency with credentials', () => {
  const auth = { scheme: 'bearer', secretName: 's' } as const;
  const base = { kind: 'http', baseUrl: 'https://a.example.com' } as const;
  const dependencies: BackstopConfig['dependencies'] = {
    open: { ...base, auth },
    guarded: { ...base, auth, accepts: { sources: ['my.shop'], paths: ['/charges'] }, allowHeaders: ['x-tenant'] },
    plain: base,
  };
  const { app, pipeline: guarded } = synthesizeTemplates({ dependencies });

  it('that everybody may use is a warning at synth, and none that says who may', () => {
    const stack = app.node.findChild('BackstopPipeline') as Stack;
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('set accepts'));
    expect(warnings.map(({ entry }) => entry.data)).toEqual([
      expect.stringContaining("dependency 'open': every producer can replay any method and path"),
    ]);
  });

  it("tells the operator's tool what may be replayed, and not who may report", () => {
    const facts = (lane: string) =>
      named(resource(guarded, 'AWS::SSM::Parameter', `Pipeline${lane}Facts`).Properties.Value);
    expect(facts('GuardedLane')).toContain('"accepts":{"paths":["/charges"]},"allowHeaders":["x-tenant"]');
    expect(facts('GuardedLane')).not.toContain('my.shop');
    expect(facts('OpenLane')).not.toContain('accepts');
  });
});

describe('a dependency that is a FIFO queue', () => {
  const arn = 'arn:aws:sqs:us-east-1:111122223333:jobs';
  const dependencies: BackstopConfig['dependencies'] = {
    unordered: { kind: 'queue', queueArn: `${arn}.fifo` },
    ordered: { kind: 'queue', queueArn: `${arn}.fifo`, ordered: true },
    standard: { kind: 'queue', queueArn: arn },
  };

  it('is a warning at synth where its lane keeps no order', () => {
    const { app } = synthesizeTemplates({ dependencies });
    const stack = app.node.findChild('BackstopPipeline') as Stack;
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('set ordered'));
    expect(warnings.map(({ entry }) => entry.data)).toEqual([
      expect.stringContaining("dependency 'unordered': its queue is FIFO"),
    ]);
  });
});
