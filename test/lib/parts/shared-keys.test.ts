import { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { warnOfSharedKeys } from '../../../lib/parts/shared-keys.ts';
import { awsSettings, sampleSettings } from '../../support/samples.ts';

const http = (name: string, baseUrl: string, idempotencyKeys = true) =>
  sampleSettings({ name, baseUrl, idempotencyKeys });
const queue = (name: string, resource: string) => ({
  ...awsSettings('queue'),
  name,
  targetArn: `arn:aws:sqs:us-east-1:111122223333:${resource}`,
});

it.each([
  ['one host', http('charges', 'https://api.example.com/v1'), http('refunds', 'https://api.example.com/v1/refunds')],
  ['one FIFO queue', queue('charges', 'jobs.fifo'), queue('refunds', 'jobs.fifo')],
])('warns at synth of two dependencies that share the keys of %s', (_, one, two) => {
  const stack = new Stack();
  warnOfSharedKeys(stack, [one, two]);
  const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
  expect(warnings.map(({ entry }) => entry.data)).toEqual([
    expect.stringMatching(
      /^dependency 'refunds': it shares the .* 'charges'\. Never report failures of both under one id/,
    ),
  ]);
});

it('warns of none that share no keys', () => {
  const stack = new Stack();
  warnOfSharedKeys(stack, [
    http('a', 'https://api.example.com'),
    http('b', 'https://api.example.com', false),
    http('c', 'https://eu.api.example.com'),
    queue('d', 'jobs'),
    queue('e', 'jobs'),
    queue('f', 'f.fifo'),
    queue('g', 'g.fifo'),
    awsSettings('lambda'),
  ]);
  expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
});
