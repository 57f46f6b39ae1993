import { expect, it } from 'vitest';
import { named, resourcesOf, synthesizeTemplates } from './templates.ts';

const { pipeline } = synthesizeTemplates();

it('keeps signals that the queue of the notifier refuses, which SNS would drop at once', () => {
  const subscriptions = Object.values(resourcesOf(pipeline, 'AWS::SNS::Subscription')).map(
    ({ Properties }) => Properties,
  );
  const toQueues = subscriptions.filter(({ Protocol }) => Protocol === 'sqs');
  expect(toQueues.map(({ RedrivePolicy }) => named(RedrivePolicy.deadLetterTargetArn))).toEqual([
    'NotifierUndelivered',
  ]);
});
