import { Duration, Lazy, Annotations as Notes } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { BODY_REPORTS, CIRCUITS, longestMs, REPORTS } from '../../../lambdas/adapters/budgets.ts';
import { BODY_REPORT_MS, CIRCUIT_MS, REPORT_MS } from '../../../lambdas/contract/reporting-times.ts';
import { ResiliencePipeline } from '../../../lib/index.ts';
import { ownStack, standIns } from '../templates.ts';

const dependencies = {
  payments: { kind: 'http', baseUrl: 'https://payments.example.com' },
  slow: { kind: 'http', baseUrl: 'https://slow.example.com', timeout: Duration.seconds(20) },
  resize: { kind: 'lambda', functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:resize' },
} as const;
const stack = ownStack();
const pipeline = new ResiliencePipeline(stack, 'Backstop', { dependencies, handlers: standIns() });
let functions = 0;

function functionWith(timeout?: Duration): LambdaFunction {
  const code = Code.fromInline('exports.handler = () => {};');
  const props = { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X, ...(timeout && { timeout }) };
  return new LambdaFunction(stack, `Function${functions++}`, props);
}

function warnings(fn: LambdaFunction): readonly unknown[] {
  const found = Annotations.fromStack(stack).findWarning(`/${fn.node.path}`, Match.stringLikeRegexp('ends after'));
  return found.map(({ entry }) => entry.data);
}

describe('a function that reports', () => {
  it('is warned of if it ends before its call and its report, with both times and the remedy', () => {
    const fn = functionWith();
    pipeline.reportsFrom(fn, 'payments');
    expect(warnings(fn)).toEqual([
      `function 'Own/Function0' ends after 3 s, but needs up to 12 s for a call of 'payments' (5 s) and its report (6.2 s): otherwise its failures are not reported; set its timeout to Duration.seconds(12) or more (docs/reporting.md#the-timeout-of-your-function) [ack: backstop:functionTimeout]`,
    ]);
  });

  it.each([
    ['payments', 11, 1],
    ['payments', 12, 0],
    ['slow', 12, 1],
    ['slow', 27, 0],
    // How long another client takes, only the function knows.
    ['resize', 3, 1],
    ['resize', 7, 0],
  ])('of %s, and ends after %i s, has %i warnings', (dependency, seconds, count) => {
    const fn = functionWith(Duration.seconds(seconds));
    pipeline.reportsFrom(fn, dependency);
    expect(warnings(fn)).toHaveLength(count);
  });

  it('is trusted if only the deployment knows its timeout, or if you acknowledge the warning', () => {
    const unknown = functionWith(Duration.seconds(Lazy.number({ produce: () => 1 })));
    const acknowledged = functionWith();
    Notes.of(acknowledged).acknowledgeWarning('backstop:functionTimeout', 'It answers from a cache.');
    pipeline.reportsFrom(unknown, 'payments');
    pipeline.reportsFrom(acknowledged, 'payments');
    expect([warnings(unknown), warnings(acknowledged)]).toEqual([[], []]);
  });

  it('needs more time with large bodies', () => {
    const other = ownStack();
    const withBodies = new ResiliencePipeline(other, 'Backstop', {
      dependencies,
      largeBodies: true,
      handlers: standIns(),
    });
    const code = Code.fromInline('exports.handler = () => {};');
    const timeout = Duration.seconds(17);
    const fn = new LambdaFunction(other, 'Checkout', { code, handler: 'a.b', runtime: Runtime.NODEJS_24_X, timeout });
    withBodies.reportsFrom(fn, 'payments');
    const found = Annotations.fromStack(other).findWarning(`/${fn.node.path}`, Match.stringLikeRegexp('up to 18 s'));
    expect(found).toHaveLength(1);
  });
});

it('warns of a guarded function that ends before its call can count', () => {
  const [short, long] = [functionWith(), functionWith(Duration.seconds(7))];
  for (const fn of [short, long]) pipeline.guard(fn, 'payments');
  expect(warnings(short)).toEqual([expect.stringContaining('calls that hang never open the circuit')]);
  expect(warnings(long)).toEqual([]);
});

it('counts with the budgets of the functions', () => {
  expect(REPORT_MS).toBe(2 * longestMs(REPORTS));
  expect(BODY_REPORT_MS).toBe(longestMs(BODY_REPORTS));
  expect(CIRCUIT_MS).toBe(longestMs(CIRCUITS));
});
