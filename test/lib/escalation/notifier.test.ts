import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, it } from 'vitest';
import { OUTCOME_FACTS, OUTCOMES } from '../../../lambdas/contract/outcomes.ts';
import { DEAD_LETTER_REASONS } from '../../../lambdas/contract/reasons.ts';
import { causeOfCircuit, causeOfDeadLetter, causeOfNotice } from '../../../lambdas/domain/escalation/cause.ts';
import { packageRoot } from '../../../lib/parts/package-root.ts';
import { circuit, deadLetter, question } from '../../lambdas/domain/escalation/samples.ts';
import { named, resource, resourcesOf, synthesizeTemplates, testConfig } from '../templates.ts';

const { app, pipeline } = synthesizeTemplates(testConfig, {
  escalation: {
    emails: ['anna@example.com', 'bob@example.com'],
    pagerDuty: { secretName: 'backstop/pager-duty' },
    teams: { secretName: 'backstop/teams' },
    opsItems: true,
  },
});

it('keeps signals that the queue of the notifier refuses, which SNS would drop at once', () => {
  const subscriptions = Object.values(resourcesOf(pipeline, 'AWS::SNS::Subscription')).map(
    ({ Properties }) => Properties,
  );
  const toQueues = subscriptions.filter(({ Protocol }) => Protocol === 'sqs');
  expect(toQueues.map(({ RedrivePolicy }) => named(RedrivePolicy.deadLetterTargetArn))).toEqual([
    'NotifierUndelivered',
  ]);
});

it('sends mail of both priorities to everybody whom the config names', () => {
  const mails = Object.values(resourcesOf(pipeline, 'AWS::SNS::Subscription'))
    .filter(({ Properties: { Protocol } }) => Protocol === 'email')
    .map(({ Properties: { Endpoint, TopicArn } }) => `${named(TopicArn)} ${Endpoint}`);
  expect(mails.toSorted()).toEqual([
    'EscalationsP1 anna@example.com',
    'EscalationsP1 bob@example.com',
    'EscalationsP2 anna@example.com',
    'EscalationsP2 bob@example.com',
  ]);
});

it('reads its two secrets and no others, and writes tickets', () => {
  const { Statement } = resource(pipeline, 'AWS::IAM::Policy', 'PipelineNotifierFunction').Properties.PolicyDocument;
  const statements: readonly { readonly Action: unknown; readonly Resource: unknown }[] = Statement;
  const resourcesFor = (action: string) =>
    statements
      .filter(({ Action }) => [Action].flat().includes(action))
      .flatMap(({ Resource }) => [Resource].flat())
      .map((each) => named(each).replace(/^.*:(secret|opsitem)/, '$1'));
  expect(resourcesFor('secretsmanager:GetSecretValue').toSorted()).toEqual([
    'secret:backstop/pager-duty-??????',
    'secret:backstop/teams-??????',
  ]);
  expect(resourcesFor('ssm:UpdateOpsItem')).toEqual(['opsitem/*']);
  expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
});

it('hears of every end of a failure that may have waited for a human', () => {
  const patterns = Object.values(resourcesOf(pipeline, 'AWS::Events::Rule'))
    .filter(({ Properties: { Targets } }) =>
      Targets.some((each: { Arn: unknown }) => named(each.Arn) === 'NotifierSignals'),
    )
    .map(({ Properties }) => Properties.EventPattern);
  const ends = OUTCOMES.flatMap((outcome) => OUTCOME_FACTS[outcome].event ?? []);
  expect(
    patterns
      .flatMap((each) => each['detail-type'])
      .filter((type) => ends.includes(type))
      .toSorted(),
  ).toEqual(ends.toSorted());
  expect(patterns.map(({ detail }) => detail)).toContainEqual({ conflict: [{ exists: true }] });
});

it("alerts the on-call engineer by another way if it can't deliver", () => {
  const past = Object.values(resourcesOf(pipeline, 'AWS::CloudWatch::Alarm')).filter(({ Properties }) =>
    JSON.stringify(Properties.AlarmActions ?? []).includes('EscalationsP1'),
  );
  expect(past.map(({ Properties: { MetricName, Dimensions } }) => [MetricName, named(Dimensions[0].Value)])).toEqual([
    ['ApproximateNumberOfMessagesVisible', 'NotifierUndelivered.QueueName'],
    ['ApproximateAgeOfOldestMessage', 'NotifierSignals.QueueName'],
  ]);
});

it('leads to sections that the runbook has', () => {
  const runbook = readFileSync(join(packageRoot(), 'docs/runbook.md'), 'utf8');
  const headings = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title.toLowerCase());
  const causes = [
    ...DEAD_LETTER_REASONS.map((reason) => causeOfDeadLetter(deadLetter(1, { reason }))),
    causeOfDeadLetter(deadLetter(1, { compensation: 'incomplete' })),
    causeOfCircuit(circuit(1, 'open'), 'P2'),
    ...(['question', 'saga', 'undo'] as const).map((about) => causeOfNotice({ ...question(1), about })),
    { section: 'alarms' },
  ];
  expect(causes.map(({ section }) => section).filter((each) => !headings.includes(each.replaceAll('-', ' ')))).toEqual(
    [],
  );
});
