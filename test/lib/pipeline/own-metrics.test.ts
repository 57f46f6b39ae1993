import { NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { ResiliencePipeline } from '../../../lib/index.ts';
import { ownApp, standIns } from '../templates.ts';

const dependencies = {
  books: { kind: 'http', baseUrl: 'https://books.example.com', conflict: { strategy: 'ask' } },
} as const;

function pipelineIn(stack: Stack, id = 'Pipeline'): void {
  new ResiliencePipeline(stack, id, { dependencies, handlers: standIns() });
}

/** Every value of the dimension `service`, and every name of a pipeline, wherever the template has it. */
function servicesIn(stack: Stack): readonly string[] {
  const text = JSON.stringify(Template.fromStack(stack).toJSON()).replaceAll('\\', '');
  const patterns = [
    /"Name":"service","Value":"([^"]*)"/g,
    /"BACKSTOP_SERVICE":"([^"]*)"/g,
    /"service","([^",]*\/[^",]*)"/g,
    /service="([^"]*)"/g,
  ];
  return patterns.map((pattern) => {
    const found = new Set([...text.matchAll(pattern)].map(([, value]) => value));
    return [...found].join(' and ');
  });
}

function stage(stackName: string): Stack {
  const stack = new Stack(ownApp(), 'Backstop', { stackName });
  pipelineIn(stack);
  return stack;
}

it('shows and rings for its own metrics only, in every alarm, dashboard and function', () => {
  expect(servicesIn(stage('backstop-dev'))).toEqual(Array(4).fill('backstop-dev/Pipeline'));
  expect(servicesIn(stage('backstop-prod'))).toEqual(Array(4).fill('backstop-prod/Pipeline'));
});

it('tells pipelines of one stack apart', () => {
  const stack = new Stack(ownApp(), 'Both');
  pipelineIn(stack, 'Shop');
  pipelineIn(stack, 'Stock');
  const [alarms] = servicesIn(stack);
  expect(alarms?.split(' and ').sort()).toEqual(['Both/Shop', 'Both/Stock']);
});

it('has a name in a nested stack, whose own name exists only after the deployment', () => {
  const nested = new NestedStack(new Stack(ownApp(), 'Parent'), 'Nested');
  pipelineIn(nested);
  expect(servicesIn(nested)).toEqual(Array(4).fill('Parent/Nested/Pipeline'));
});

it('gives the rules over its logs a name that no other stage in the account has', () => {
  const names = (stackName: string) =>
    Object.values(Template.fromStack(stage(stackName)).findResources('AWS::CloudWatch::InsightRule')).map(
      ({ Properties: { RuleName } }) => RuleName as string,
    );
  const [dev, prod] = [names('backstop-dev'), names('backstop-prod')];
  expect(dev).toHaveLength(1);
  expect(dev).not.toEqual(prod);
  expect(names('b'.repeat(128))[0]?.length).toBeLessThanOrEqual(128);
});
