import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { consoleUrl } from '../../../bin/session/console.ts';
import { ResiliencePipeline } from '../../../lib/index.ts';
import { hasTracing, warnOfMissingUrls } from '../../../lib/parts/region-features.ts';
import { ownApp, resourcesOf, standIns } from '../templates.ts';

const within = (region?: string) =>
  new Stack(ownApp(), 'Backstop', { env: region === undefined ? {} : { account: '111122223333', region } });

describe('a pipeline in China', () => {
  const stack = within('cn-north-1');
  const dependencies = { payments: { kind: 'http', baseUrl: 'https://payments.example.com' } } as const;
  new ResiliencePipeline(stack, 'Backstop', { dependencies, handlers: standIns() });
  const template = Template.fromStack(stack);

  it('names the feature that is missing, and what to switch off', () => {
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cn-north-1'));
    expect(warnings.map(({ entry }) => entry.data)).toEqual([
      "region 'cn-north-1' has no Lambda function URLs, which the health endpoint needs: set health to false [ack: backstop:function-urls]",
    ]);
  });

  it('asks Lambda for nothing that it lacks there', () => {
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::Lambda::Function'))) {
      expect(Properties.TracingConfig).toBeUndefined();
      expect(Properties.RecursiveLoop).toBeUndefined();
    }
  });

  it('names no resource and no service of another partition', () => {
    const text = JSON.stringify(template.toJSON());
    expect(text).not.toMatch(/arn:aws:/);
    expect(text).not.toMatch(/\.cn-north-1\.amazonaws\.com(?!\.cn)/);
  });
});

it.each([
  ['us-gov-west-1', true, 0],
  ['eu-west-1', true, 0],
  ['ca-west-1', true, 1],
  ['cn-northwest-1', false, 1],
  [undefined, true, 0],
])('knows what the region %s has', (region, traces, warnings) => {
  const stack = within(region);
  expect(hasTracing(stack)).toBe(traces);
  warnOfMissingUrls(stack);
  expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toHaveLength(warnings);
});

it.each([
  ['eu-west-1', 'https://eu-west-1.console.aws.amazon.com'],
  ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn'],
  ['us-gov-east-1', 'https://us-gov-east-1.console.amazonaws-us-gov.com'],
])('links the console of the region %s', (region, url) => {
  expect(consoleUrl(region)).toBe(url);
});
