import { Stack, Stage } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import type { DependencyConfig } from '../../../lib/config/dependency-config.ts';
import { ResiliencePipeline } from '../../../lib/pipeline/resilience-pipeline.ts';
import { mistakesOf } from '../../support/mistakes.ts';
import { ownApp, standIns } from '../templates.ts';

const HERE = { account: '111122223333', region: 'us-east-1' };
const DEAD = 'arn:aws:sqs:us-east-1:111122223333:dead';
const MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:Import';
const lambda = { kind: 'lambda', functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:f' } as const;
const machine = { kind: 'state-machine', stateMachineArn: MACHINE } as const;

function pipeline(scope: Construct, id: string, dependency: DependencyConfig, env = HERE) {
  const stack = new Stack(scope, id, { env });
  return new ResiliencePipeline(stack, 'Backstop', { dependencies: { imports: dependency }, handlers: standIns() });
}

describe('two pipelines', () => {
  it.each<[string, DependencyConfig, string]>([
    [
      'dead-letter queue',
      { ...lambda, deadLetterQueueArn: DEAD },
      `deadLetterQueueArn must belong to one pipeline, got '${DEAD}'`,
    ],
    ['state machine', machine, `stateMachineArn must belong to one pipeline, got '${MACHINE}'`],
  ])('take no failures of one %s', (_, dependency, mistake) => {
    const app = ownApp();
    pipeline(app, 'One', dependency);
    expect(mistakesOf(() => pipeline(app, 'Two', dependency))).toEqual([
      `dependency 'imports': ${mistake} of 'One/Backstop': remove it from one of them`,
    ]);
  });

  it('take no messages of one queue that only the deployment names', () => {
    const app = ownApp();
    const { queueArn } = new Queue(new Stack(app, 'Shop', { env: HERE }), 'Dead');
    pipeline(app, 'One', { ...lambda, deadLetterQueueArn: queueArn });
    expect(mistakesOf(() => pipeline(app, 'Two', { ...lambda, deadLetterQueueArn: queueArn }))).toHaveLength(1);
  });

  it('may call one function, which sends its failures to one of them', () => {
    const app = ownApp();
    pipeline(app, 'One', lambda);
    expect(() => pipeline(app, 'Two', lambda)).not.toThrow();
  });

  it('may be of different stages, regions and accounts', () => {
    const app = ownApp();
    pipeline(app, 'One', machine);
    expect(() => pipeline(app, 'Far', machine, { ...HERE, region: 'eu-west-1' })).not.toThrow();
    expect(() => pipeline(new Stage(app, 'Beta'), 'One', machine)).not.toThrow();
  });

  it('may get executions of another account, whose rule names one bus', () => {
    const app = ownApp();
    const there = {
      ...machine,
      stateMachineArn: MACHINE.replace('111122223333', '222222222222'),
      assumeRole: { roleArn: 'arn:aws:iam::222222222222:role/calls' },
    };
    pipeline(app, 'One', there);
    expect(() => pipeline(app, 'Two', there)).not.toThrow();
  });
});
