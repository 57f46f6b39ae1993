import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { readFlatTemplate } from '../../../tools/local/flat-template.ts';
import { everything } from '../../../tools/specification/everything.ts';
import { templateMistakes } from '../../../tools/specification/template-check.ts';
import { ownStack, standIns, templatesOnly, temporaryFolder } from '../../lib/templates.ts';

const specification = loadAwsServiceSpecSync();

describe('templates with everything turned on', () => {
  const app = templatesOnly(() => everything({ handlers: standIns() }, temporaryFolder()));
  const stacks = ['BackstopState', 'BackstopPipeline'];

  it.each(stacks)('have only what AWS publishes: %s', (stack) => {
    const template = readFlatTemplate(app.synth().directory, `${stack}.template.json`);
    expect(templateMistakes(template, specification)).toEqual([]);
  });
});

describe('the check of templates', () => {
  it('finds a property that an escape hatch mistypes', () => {
    const stack = ownStack();
    new CfnQueue(stack, 'Queue').addPropertyOverride('VisibilityTimeOut', 30);
    expect(templateMistakes(Template.fromStack(stack).toJSON(), specification)).toEqual([
      'Queue (AWS::SQS::Queue).VisibilityTimeOut: unknown property',
    ]);
  });

  it.each<[string, object, readonly string[]]>([
    ['AWS::SQS::Qeue', {}, ["X: unknown type 'AWS::SQS::Qeue'"]],
    ['AWS::SQS::Queue', { VisibilityTimeout: '30' }, []],
    ['AWS::SQS::Queue', { VisibilityTimeout: { Ref: 'Any' } }, []],
    ['AWS::SQS::Queue', { VisibilityTimeout: 'long' }, ['.VisibilityTimeout: must be of type integer, got "long"']],
    ['AWS::SQS::Queue', { Tags: { Key: 'a' } }, ['.Tags: must be a list, got {"Key":"a"}']],
    ['AWS::SQS::QueuePolicy', { Queues: ['q'] }, ['.PolicyDocument: is required']],
    [
      'AWS::Pipes::Pipe',
      { RoleArn: 'r', Source: 's', Target: 't', DesiredState: 'ON' },
      ['.DesiredState: must be one of RUNNING, STOPPED, got "ON"'],
    ],
    [
      'AWS::SNS::Topic',
      { Subscription: [{ Endpoint: 'q', Protokol: 'sqs' }] },
      ['.Subscription[0].Protocol: is required', '.Subscription[0].Protokol: unknown property'],
    ],
  ])('judges %s with %j', (Type, Properties, mistakes) => {
    const found = templateMistakes({ Resources: { X: { Type, Properties } } }, specification);
    expect(found).toEqual(mistakes.map((each) => (each.startsWith('.') ? `X (${Type})${each}` : each)));
  });
});
