import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import type { HttpDependencyConfig } from '../../../lib/config/dependency-config.ts';
import { resource, resourcesOf, synthesizeTemplates } from '../templates.ts';

const dependency = (name: string, change: Partial<HttpDependencyConfig> = {}): HttpDependencyConfig => ({
  kind: 'http',
  baseUrl: `https://${name}.example.com`,
  auth: { scheme: 'bearer', secretName: `${name}/token` },
  ...change,
});

const { pipeline } = synthesizeTemplates({
  dependencies: {
    payments: dependency('payments', {
      timeout: Duration.seconds(20),
      fallback: { kind: 'backup', dependency: 'payments-eu' },
    }),
    'payments-eu': dependency('payments-eu', { timeout: Duration.seconds(8) }),
    stock: dependency('stock', { fallback: { kind: 'skip' } }),
  },
});

describe('the function that undoes completed steps', () => {
  it('may fetch the credentials of every dependency', () => {
    const policies = Object.entries(resourcesOf(pipeline, 'AWS::IAM::Policy'));
    const text = JSON.stringify(policies.find(([id]) => id.includes('RecoveryFunctionsUndo')));
    const secrets = [...text.matchAll(/:secret:([\w/-]+)-\?/g)].map(([, name]) => name);
    expect(new Set(secrets)).toEqual(new Set(['payments/token', 'payments-eu/token', 'stock/token']));
  });

  it('has time to begin a step after half a minute of others', () => {
    expect(resource(pipeline, 'AWS::Lambda::Function', 'PipelineRecoveryFunctionsUndo').Properties.Timeout).toBe(80);
  });
});

describe('the function that resolves conflicts', () => {
  // A write that lost a race before a change of strategy may still wait for a human.
  it('may call every dependency, whatever the strategies are now', () => {
    const policies = Object.entries(resourcesOf(pipeline, 'AWS::IAM::Policy'));
    const text = JSON.stringify(policies.find(([id]) => id.includes('RecoveryFunctionsResolve')));
    const secrets = [...text.matchAll(/:secret:([\w/-]+)-\?/g)].map(([, name]) => name);
    expect(new Set(secrets)).toEqual(new Set(['payments/token', 'payments-eu/token', 'stock/token']));
  });

  it('has time for two calls to the slowest one, each made twice, and for a function of the team', () => {
    expect(resource(pipeline, 'AWS::Lambda::Function', 'PipelineRecoveryFunctionsResolve').Properties.Timeout).toBe(95);
  });
});

describe('the function that lets fallbacks answer', () => {
  it('may fetch the credentials of backups, and no others', () => {
    const policies = Object.entries(resourcesOf(pipeline, 'AWS::IAM::Policy'));
    const text = JSON.stringify(policies.find(([id]) => id.includes('RecoveryFunctionsDegrade')));
    const secrets = [...text.matchAll(/:secret:([\w/-]+)-\?/g)].map(([, name]) => name);
    expect(secrets).toEqual(['payments-eu/token']);
  });

  it('has time for two calls to the slowest backup', () => {
    expect(resource(pipeline, 'AWS::Lambda::Function', 'PipelineRecoveryFunctionsDegrade').Properties.Timeout).toBe(26);
  });
});
