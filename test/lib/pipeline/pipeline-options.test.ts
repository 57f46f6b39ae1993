import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { ConfigError, type DependencyConfig } from '../../../lib/index.ts';
import type { PipelineOptions } from '../../../lib/pipeline/app.ts';
import { definitionOf } from '../machine-runner.ts';
import { resource, synthesizeTemplates, testConfig } from '../templates.ts';

describe('the options of a pipeline', () => {
  it('reach the functions', () => {
    const { pipeline: other } = synthesizeTemplates(testConfig, {
      deadline: Duration.hours(1),
      retention: Duration.days(15),
      reconcileEvery: Duration.minutes(1),
      reconcileAfter: Duration.seconds(90),
      batchSize: 1,
      logRetention: RetentionDays.ONE_WEEK,
      durableRetryInterval: Duration.minutes(1),
      runbookUrl: 'https://wiki.example.com/backstop',
    });
    expect(
      resource(other, 'AWS::Lambda::Function', 'PipelinePaymentsLaneWorker').Properties.Environment.Variables,
    ).toMatchObject({
      DEADLINE_MS: '3600000',
      RETENTION_MS: '1296000000',
      RECONCILE_AFTER_MS: '90000',
    });
    other.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' });
    expect(JSON.stringify(definitionOf(other))).toContain('"ErrorEquals":["TransientError"],"IntervalSeconds":60');
    for (const id of ['PipelineReconcilerFunction', 'PipelineRecoveryFunctionsClassify']) {
      expect(resource(other, 'AWS::Lambda::Function', id).Properties.Environment.Variables).toMatchObject({
        RUNBOOK_URL: 'https://wiki.example.com/backstop',
      });
    }
    other.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
    other.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp('https://wiki.example.com/backstop#rejected-events$'),
    });
  });

  it('begin each command of an alert with what starts the tool', () => {
    const { pipeline: other } = synthesizeTemplates(testConfig, { operatorCommand: 'npx @acme/backstop' });
    const { ESCALATION } = resource(other, 'AWS::Lambda::Function', 'PipelineNotifierFunction').Properties.Environment
      .Variables;
    expect(JSON.stringify(ESCALATION)).toContain('\\"operatorCommand\\":\\"npx @acme/backstop\\"');
    expect(JSON.stringify(definitionOf(other))).toContain('npx @acme/backstop decisions show {}');
    other.hasOutput('OperatorCommand', { Value: 'npx @acme/backstop' });
  });

  it('take every Duration that no service wants in whole units', () => {
    const odd = Duration.millis(61_501);
    const short = Duration.millis(1_501);
    const payments: DependencyConfig = {
      kind: 'http',
      baseUrl: 'https://example.com',
      timeout: short,
      retry: { initialDelay: short, maxDelay: short },
      circuit: { openFor: odd, probeAgainAfter: odd },
      conflict: { strategy: 'ask' },
      fallback: { kind: 'last-good', maxAge: odd, after: odd },
      ordered: true,
    };
    const inventory: DependencyConfig = { ...payments, conflict: { strategy: 'reject' }, ordered: false };
    const options = { deadline: odd, reconcileAfter: odd, retention: Duration.days(15).plus(odd) };
    const alarms = { latencyP99: short, latencyP99Of: { payments: short } };
    expect(() => synthesizeTemplates({ dependencies: { payments, inventory } }, { ...options, alarms })).not.toThrow();
  });

  it.each<[string, PipelineOptions]>([
    [
      'durableRetryInterval must be whole seconds (the unit of Step Functions retries), got 1 second 500 millis',
      { durableRetryInterval: Duration.millis(1_500) },
    ],
    [
      'deadline must be at most 23 hours (an undo may take as long as the attempts), got 1 day',
      { deadline: Duration.days(1) },
    ],
    ['deadline must be at least 1 second, got 1 milli', { deadline: Duration.millis(1) }],
    ['durableRetryInterval must be at least 1 second, got 999 millis', { durableRetryInterval: Duration.millis(999) }],
    ['durableRetryInterval must be at most 1 hour, got 2 hours', { durableRetryInterval: Duration.hours(2) }],
    [
      'retention must be at least 15 days (dead-letter queues keep messages for 14 days), got 14 days',
      { retention: Duration.days(14) },
    ],
    ['reconcileEvery must be at least 1 minute, got 30 seconds', { reconcileEvery: Duration.seconds(30) }],
    [
      'reconcileEvery must be whole minutes (the unit of EventBridge schedules), got 1 minute 30 seconds',
      { reconcileEvery: Duration.seconds(90) },
    ],
    ['reconcileAfter must be at most 12 hours, got 13 hours', { reconcileAfter: Duration.hours(13) }],
    ['batchSize must be at most 10, got 11', { batchSize: 11 }],
    ["removal must be one of 'keep', 'destroy', got 'delete'", { removal: 'delete' } as unknown as PipelineOptions],
    [
      "removal must be 'keep' with auditArchive (nobody deletes locked objects before their time), got 'destroy'",
      { removal: 'destroy', auditArchive: {} },
    ],
    ["runbookUrl must be a non-empty string, got ''", { runbookUrl: '' }],
    [
      "operatorCommand must be words of letters, digits and @~._/:=+,#- with one space between them, at most 200 characters, got 'backstop; reboot'",
      { operatorCommand: 'backstop; reboot' },
    ],
    [
      "unknown setting 'dedline'; valid settings: dependencies, store, deadline, decisionTimeout, durableRetryInterval, retention, reconcileEvery, reconcileAfter, batchSize, excerpt, alarms, escalation, auditArchive, dashboards, health, schemaRegistry, largeBodies, separateOperations, runbookUrl, operatorCommand, logRetention, removal, deployment, producers, vpc, subnets, securityGroups, handlers",
      { dedline: Duration.hours(1) } as PipelineOptions,
    ],
  ])('fail the synth where they are wrong: %s', (mistake, options) => {
    expect(() => synthesizeTemplates(testConfig, options)).toThrow(new ConfigError([mistake]));
  });

  it.each<[string, Duration, PipelineOptions]>([
    ['the deadline (6 hours), got 12 hours', Duration.hours(12), {}],
    ['the deadline (1 hour), got 1 hour 1 second', Duration.seconds(3_601), { deadline: Duration.hours(1) }],
    ['23 hours, got 1 day', Duration.days(1), {}],
  ])('leave no fallback to be too late: at most %s', (mistake, after, options) => {
    const payments = { kind: 'http', baseUrl: 'https://example.com', fallback: { kind: 'skip', after } } as const;
    expect(() => synthesizeTemplates({ dependencies: { payments } }, options)).toThrow(
      new ConfigError([`dependency 'payments': fallback.after must be at most ${mistake}`]),
    );
  });

  it('are reported together with the mistakes of the config', () => {
    const dependencies = { payments: { kind: 'http', baseUrl: 'http://example.com' } as const };
    expect(() => synthesizeTemplates({ dependencies }, { batchSize: 0 })).toThrow(
      new ConfigError([
        "dependency 'payments': baseUrl must start with https:// (http:// only for loopback hosts), got 'http://example.com'",
        'batchSize must be at least 1, got 0',
      ]),
    );
  });
});
