// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub uses such placeholders.
import { describe, expect, it } from 'vitest';
import { readAssembly } from '../../../tools/local/assembly.ts';
import { startCloud } from '../../../tools/local/cloud.ts';
import { writeAssembly } from './fixture/write-assembly.ts';

const QUEUE = { Type: 'AWS::SQS::Queue' };
const ROLE = { Type: 'AWS::IAM::Role' };
const FUNCTION = {
  Type: 'AWS::Lambda::Function',
  Properties: { Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { S3Key: '1.zip' } },
};

/** @returns an output's resolved value */
function resolve(value: unknown, resources: object = { Queue: QUEUE }): string | undefined {
  const other = {
    Resources: { Shared: QUEUE },
    Outputs: { Share: { Value: { 'Fn::GetAtt': ['Shared', 'Arn'] }, Export: { Name: 'shared' } } },
  };
  const Parameters = { Version: { Type: 'String', Default: '21' } };
  const folder = writeAssembly({
    One: { Resources: resources, Parameters, Outputs: { Out: { Value: value } } },
    Two: other,
  });
  return readAssembly(folder, 'http://local').outputs.Out;
}

/** One byte too many, name and value together. */
const LONG = { Variables: { NAME: 'x'.repeat(4_096 - 3) } };

describe('readAssembly', () => {
  it.each([
    ['Ref of a queue', { Ref: 'Queue' }, 'http://local/000000000000/One-Queue'],
    ['Ref of a parameter', { Ref: 'Version' }, '21'],
    [
      'pseudo parameters',
      { 'Fn::Sub': '${AWS::Partition}:${AWS::Region}:${AWS::AccountId}:${AWS::StackName}' },
      'aws:us-east-1:000000000000:One',
    ],
    ['Fn::GetAtt', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:One-Queue'],
    [
      'Fn::Join without AWS::NoValue',
      { 'Fn::Join': ['-', ['a', { Ref: 'AWS::NoValue' }, { Ref: 'AWS::Region' }]] },
      'a-us-east-1',
    ],
    [
      'Fn::Sub',
      { 'Fn::Sub': ['${Queue.QueueName} ${own} ${!kept}', { own: { Ref: 'Version' } }] },
      'One-Queue 21 ${kept}',
    ],
    [
      'Fn::Select and Fn::Split',
      { 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Queue', 'Arn'] }] }] },
      'One-Queue',
    ],
    ['Fn::ImportValue', { 'Fn::ImportValue': 'shared' }, 'arn:aws:sqs:us-east-1:000000000000:Two-Shared'],
  ])('resolves %s', (_, value, expected) => {
    expect(resolve(value)).toBe(expected);
  });

  it('names the alias of a function by its own ARN', () => {
    const Alias = { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Fn' }, Name: 'live' } };
    expect(resolve({ Ref: 'Alias' }, { Fn: FUNCTION, Alias })).toBe(
      'arn:aws:lambda:us-east-1:000000000000:function:One-Fn:live',
    );
  });

  it('cuts long names, keeps given ones and marks FIFO queues', () => {
    const id = `${'Long'.repeat(30)}1A2B3C4D`;
    const Named = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'mine' } };
    const Ordered = { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } };
    const folder = writeAssembly({ One: { Resources: { [id]: QUEUE, Named, Ordered } } });
    const names = readAssembly(folder, '')
      .all('AWS::SQS::Queue')
      .map(({ name }) => name);
    expect(names).toEqual([expect.stringMatching(/^One-Long.{63}-1A2B3C4D$/), 'mine', 'One-Ordered.fifo']);
  });

  it('refuses all resources that it does not know, by name and type', () => {
    const Resources = { Cache: { Type: 'AWS::ElastiCache::CacheCluster' }, Role: ROLE, Own: { Type: 'Custom::Thing' } };
    expect(() => readAssembly(writeAssembly({ One: { Resources } }), '')).toThrow(
      "the embedded cloud can't run Cache (AWS::ElastiCache::CacheCluster), Own (Custom::Thing)",
    );
  });
});

describe('startCloud', () => {
  const rule = (properties: object) => ({ Rule: { Type: 'AWS::Events::Rule', Properties: properties } });
  const machine = (states: object) => ({
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: { DefinitionString: JSON.stringify({ StartAt: 'A', States: states }) },
    },
  });

  it.each([
    [
      'a function it cannot resolve',
      { Queue: { ...QUEUE, Properties: { Tags: { 'Fn::Cidr': '' } } } },
      "Queue (AWS::SQS::Queue), property Tags: the embedded cloud can't resolve Fn::Cidr",
    ],
    [
      'a cron schedule',
      rule({ ScheduleExpression: 'cron(0 8 * * ? *)' }),
      'Rule (AWS::Events::Rule), property ScheduleExpression: the embedded cloud supports only rate',
    ],
    [
      'an unknown pattern operator',
      rule({ EventPattern: { source: [{ cidr: 'x' }] } }),
      'Rule (AWS::Events::Rule), property EventPattern: the embedded cloud does not support the event pattern operator "cidr"',
    ],
    [
      'a target it cannot run',
      rule({ Targets: [{ Arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/x' }] }),
      "Rule (AWS::Events::Rule), property Targets: the embedded cloud can't deliver to arn:aws:kinesis",
    ],
    [
      'inline code',
      { Fn: { ...FUNCTION, Properties: { ...FUNCTION.Properties, Code: { ZipFile: '' } } } },
      'Fn (AWS::Lambda::Function), property Code',
    ],
    [
      "an environment that is longer than Lambda's",
      { Fn: { ...FUNCTION, Properties: { ...FUNCTION.Properties, Environment: LONG } } },
      'Fn (AWS::Lambda::Function), property Environment: Lambda was unable to configure your environment variables',
    ],
    [
      'a missing handler',
      { Fn: { ...FUNCTION, Properties: { ...FUNCTION.Properties, Handler: 'none.handler' } } },
      'Fn (AWS::Lambda::Function), property Handler',
    ],
    [
      'an unknown task',
      machine({ A: { Type: 'Task', Resource: 'arn:aws:states:::batch:submitJob', End: true } }),
      `Machine (AWS::StepFunctions::StateMachine), property DefinitionString: the embedded cloud can't run the task "A"`,
    ],
    [
      'JSONata',
      machine({ A: { Type: 'Pass', QueryLanguage: 'JSONata', End: true } }),
      "Machine (AWS::StepFunctions::StateMachine), property DefinitionString: the embedded cloud can't run JSONata",
    ],
    [
      'an invalid definition',
      machine({ B: { Type: 'Pass', End: true } }),
      'Machine (AWS::StepFunctions::StateMachine), property DefinitionString: State machine definition is invalid',
    ],
  ])('refuses %s', async (_, Resources, message) => {
    await expect(startCloud({ assembly: writeAssembly({ One: { Resources } }) })).rejects.toThrow(message);
  });
});
