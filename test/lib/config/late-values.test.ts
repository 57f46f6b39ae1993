import { Fn, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { BackstopConfig } from '../../../lib/config/dependency-config.ts';
import { type DependencyConfig, ResiliencePipeline } from '../../../lib/index.ts';
import type { PipelineOptions } from '../../../lib/pipeline/app.ts';
import { validatePipeline } from '../../../lib/pipeline/validate-pipeline.ts';
import { ownStack, resourcesOf, standIns } from '../templates.ts';

const late = (name: string) => Fn.importValue(name);
const dependencies: BackstopConfig['dependencies'] = {
  payments: {
    kind: 'http',
    baseUrl: late('Address'),
    conflict: { strategy: 'function', functionArn: late('Resolver') },
  },
  thumbs: {
    kind: 'lambda',
    functionArn: late('Function'),
    deadLetterQueueArn: late('DeadLetters'),
    deadLetterQueueKeyArn: late('DeadLettersKey'),
  },
  imports: { kind: 'state-machine', stateMachineArn: late('Machine'), repeatable: true },
  jobs: { kind: 'queue', queueArn: late('Queue'), queueKeyArn: late('QueueKey') },
};

describe('a value that exists only after the deployment', () => {
  it('reaches the functions that need it, and no file', () => {
    const stack = ownStack();
    new ResiliencePipeline(stack, 'Backstop', { dependencies, handlers: standIns(), runbookUrl: late('Runbook') });
    const template = Template.fromStack(stack);
    const told = Object.entries(resourcesOf(template, 'AWS::Lambda::Function')).flatMap(([id, { Properties }]) => {
      const { TARGETS, RESOLVERS, RUNBOOK_URL } = Properties.Environment.Variables;
      const names = JSON.stringify([TARGETS, RESOLVERS, RUNBOOK_URL]).matchAll(/"Fn::ImportValue":"(\w+)"/g);
      return [[id.replace(/^Backstop|[0-9A-F]{8}$/g, ''), [...names].map(([, name]) => name)] as const];
    });
    const all = ['Address', 'Function', 'Machine', 'Queue'];
    expect(Object.fromEntries(told.filter(([, names]) => names.length > 0))).toMatchObject({
      PaymentsLaneWorker: ['Address', 'Resolver', 'Runbook'],
      ThumbsLaneWorker: ['Function', 'Runbook'],
      ImportsLaneWorker: ['Machine', 'Runbook'],
      JobsLaneWorker: ['Queue', 'Runbook'],
      RecoveryFunctionsAttempt: all,
      RecoveryFunctionsResolve: [...all, 'Resolver'],
      RecoveryFunctionsUndo: all,
      RecoveryFunctionsClassify: ['Runbook'],
    });
    expect(JSON.stringify(template.toJSON())).not.toContain('Token[');
  });

  const payments = { kind: 'http', baseUrl: 'https://a.example' } as const;
  const token = Lazy.string({ produce: () => 'later' });
  const own = { name: 'own', when: { statusCodes: [400] }, verdict: 'throttled' } as const;
  it.each<[string, Partial<DependencyConfig>]>([
    ['auth.secretName', { auth: { scheme: 'bearer', secretName: token } }],
    ['accepts.accounts[0]', { accepts: { accounts: [new Stack().account] } }],
    ['accepts.paths[0]', { accepts: { paths: [`/${token}`] } }],
    ['allowHeaders[0]', { allowHeaders: [token] }],
    ['fallback.answer.link', { fallback: { kind: 'static', answer: { link: token } } }],
    ['fallback.dependency', { fallback: { kind: 'backup', dependency: token } }],
    ['rules[0].name', { rules: [{ ...own, name: token }] }],
    ['rules[0].when.errorNames[0]', { rules: [{ ...own, when: { errorNames: [token] } }] }],
    ['maxConcurrency', { maxConcurrency: Lazy.number({ produce: () => 5 }) }],
    ['allowHeaders', { allowHeaders: Lazy.list({ produce: () => ['x-a'] }) }],
  ])('has one mistake where it would be lost: %s', (path, change) => {
    const config = { dependencies: { payments: { ...payments, ...change } as DependencyConfig } };
    const said = `dependency 'payments': ${path} must be known at synth, got a value that exists only after the deployment: write it out`;
    expect([...validatePipeline(config)].filter((mistake) => !mistake.includes('must name another'))).toEqual([said]);
  });

  it.each<[string, PipelineOptions]>([
    ['escalation.emails[0]', { escalation: { emails: [token] } }],
    ['escalation.pagerDuty.secretName', { escalation: { pagerDuty: { secretName: token } } }],
    ['batchSize', { batchSize: Lazy.number({ produce: () => 5 }) }],
  ])('has one mistake in the options, too: %s', (path, options) => {
    expect([...validatePipeline({ dependencies: { payments }, ...options })]).toEqual([
      `${path} must be known at synth, got a value that exists only after the deployment: write it out`,
    ]);
  });
});
