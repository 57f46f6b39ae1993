import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/index.ts';
import { packageRoot } from '../../../lib/parts/package-root.ts';
import {
  named,
  type Resource,
  resource,
  resourcesOf,
  sharedTemplates,
  synthesizeTemplates,
  testConfig,
} from '../templates.ts';

const http = { kind: 'http', baseUrl: 'https://example.com' } as const;
/** One lane of each kind. One has its own limit. */
const { pipeline } = synthesizeTemplates(
  {
    dependencies: {
      payments: { ...http, maxConcurrency: 7, timeout: Duration.seconds(20), priority: 'P1' },
      'stock-levels': { ...http, ordered: true },
    },
  },
  { alarms: { latencyP99Of: { 'stock-levels': Duration.seconds(5) } } },
);
const alarms = Object.entries(resourcesOf(pipeline, 'AWS::CloudWatch::Alarm'));
const groups = Object.entries(resourcesOf(pipeline, 'AWS::CloudWatch::CompositeAlarm'));
const text = (path: string) => readFileSync(join(packageRoot(), path), 'utf8');
const runbook = text('docs/runbook.md');
/** Anchors as GitHub derives them from headings. */
const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'));

/** Logical ids of the alarms in a group. */
function childrenOf({ Properties }: Resource): string[] {
  return Properties.AlarmRule['Fn::Join'][1].flatMap((part: { readonly 'Fn::GetAtt'?: readonly string[] } | string) =>
    typeof part === 'string' ? [] : (part['Fn::GetAtt']?.[0] ?? []),
  );
}

const withoutHash = (id: string) => id.replace(/[0-9A-F]{8}$/, '');
/** Finds an alarm by its full id, because some ids are prefixes of others. */
const alarm = (id: string) => alarms.find(([each]) => withoutHash(each) === `Pipeline${id}`)?.[1].Properties;
const group = (id: string) => resource(pipeline, 'AWS::CloudWatch::CompositeAlarm', `Pipeline${id}`);
/** Alarm names as the runbook writes them. */
const idsInRunbook = new Set(
  [...alarms, ...groups].map(([id]) =>
    withoutHash(id).replace(/^Pipeline(StockLevels|Payments)Lane/, 'Pipeline‹Lane›Lane'),
  ),
);

/** Each source of reports has one. No function of these templates reports. */
const OF_REPORTS = 'PipelineReports‹Source›LateAlarm';

describe('every alarm', () => {
  it.each([...alarms, ...groups])('links a section that the runbook has: %s', (_, { Properties }) => {
    const [, section = ''] =
      /^[A-Z].+\. What to do: docs\/runbook\.md#([a-z-]+)$/.exec(Properties.AlarmDescription) ?? [];
    expect(anchors).toContain(section);
  });

  it.each(alarms)('belongs to one group, or tells by itself, also when it is over: %s', (id, { Properties }) => {
    const { AlarmActions = [], OKActions = [] } = Properties;
    expect(OKActions).toEqual(AlarmActions);
    expect(groups.filter(([, each]) => childrenOf(each).includes(id)).length + AlarmActions.length).toBe(1);
  });

  it('takes missing data for the sign of nothing to do, but where what was said last still holds, or where there must be some', () => {
    const ignoring = alarms.filter(([, { Properties }]) => Properties.TreatMissingData !== 'notBreaching');
    expect(ignoring.map(([id, { Properties }]) => [withoutHash(id), Properties.TreatMissingData])).toEqual([
      ['PipelinePaymentsLaneAlarmsCircuitOpen', 'ignore'],
      ['PipelineStockLevelsLaneAlarmsCircuitOpen', 'ignore'],
      ['PipelineAlarmsReconcilerSilent', 'breaching'],
    ]);
  });

  it('stands in the table of the runbook, once, and nothing else does', () => {
    const rows = [...runbook.matchAll(/^\| `(Pipeline\S+)` \|/gm)].map(([, id]) => id);
    expect(rows.toSorted()).toEqual([...idsInRunbook, OF_REPORTS].toSorted());
  });

  it('says in that table by which section it is explained', () => {
    const linked = [...runbook.matchAll(/^\| `(Pipeline\S+)` \|.*\(#([a-z-]+)\) \|$/gm)].map(
      ([, id, to]) => `${id} ${to}`,
    );
    const expected = [...alarms, ...groups].map(([id, { Properties }]) => {
      const name = withoutHash(id).replace(/^Pipeline(StockLevels|Payments)Lane/, 'Pipeline‹Lane›Lane');
      return `${name} ${Properties.AlarmDescription.split('#')[1]}`;
    });
    expect(linked.toSorted()).toEqual([...new Set(expected), `${OF_REPORTS} reports-waiting`].toSorted());
  });
});

it('every section that the code can link is in the runbook', () => {
  const [, union = ''] = /export type RunbookSection =([^;]+);/.exec(text('lib/parts/escalations.ts')) ?? [];
  const sections = [...union.matchAll(/'([a-z-]+)'/g)].map(([, section]) => section);
  expect(sections.length).toBeGreaterThan(20);
  expect(sections.filter((section) => !anchors.includes(section ?? ''))).toEqual([]);
});

describe('a group of alarms', () => {
  it.each(groups)('tells the topic, also when it is over: %s', (_, { Properties }) => {
    expect(Properties.AlarmActions.map(named)).toEqual(['EscalationsTopic']);
    expect(Properties.OKActions).toEqual(Properties.AlarmActions);
  });

  it('is there for each dependency, with its name and its priority, and for Backstop itself', () => {
    const about = groups.map(([id, { Properties }]) => [
      withoutHash(id),
      /(?:Dependency: \S+ )?Priority: P\d/.exec(Properties.AlarmDescription)?.[0],
    ]);
    expect(about).toEqual([
      ['PipelinePaymentsLaneAlarmsTroubleAlarm', 'Dependency: payments. Priority: P1'],
      ['PipelineStockLevelsLaneAlarmsTroubleAlarm', 'Dependency: stock-levels. Priority: P2'],
      ['PipelineAlarmsTroubleAlarm', 'Priority: P1'],
      ['PipelineAlarmsAttentionAlarm', 'Priority: P2'],
    ]);
  });

  it('rings with any of its alarms, but with unusually many failures only where there are many', () => {
    const trouble = group('PaymentsLaneAlarmsTroubleAlarm');
    const rule = named(trouble.Properties.AlarmRule);
    expect(rule).toContain('(ALARM("PaymentsLaneAlarmsUnusual") AND ALARM("PaymentsLaneAlarmsUnusualMany"))');
    expect(rule.split(' OR ')).toHaveLength(childrenOf(trouble).length - 1);
  });

  it.each(groups)('has a rule that fits, however long the names come to be: %s', (_, { Properties }) => {
    const longestArn = `arn:aws-us-gov:cloudwatch:us-gov-west-1:123456789012:alarm:${'n'.repeat(255)}`;
    const parts: readonly unknown[] = Properties.AlarmRule['Fn::Join'][1];
    const rule = parts.map((part) => (typeof part === 'string' ? part : longestArn)).join('');
    expect(rule.length).toBeLessThanOrEqual(10_240);
  });
});

describe('an alarm', () => {
  it.each([
    ['PaymentsLaneAlarmsDeadLetters', 'PaymentsLaneDeadLetters.QueueName', 'ApproximateNumberOfMessagesVisible', 1],
    // Twice the visibility timeout.
    ['PaymentsLaneAlarmsSlow', 'PaymentsLaneQueue.QueueName', 'ApproximateAgeOfOldestMessage', 1_860],
    ['StockLevelsLaneAlarmsSlow', 'StockLevelsLaneQueue.QueueName', 'ApproximateAgeOfOldestMessage', 900],
    ['PaymentsLaneAlarmsConcurrency', 'PaymentsLaneWorker', 'ConcurrentExecutions', expect.closeTo(5.6)],
    ['PaymentsLaneAlarmsCircuitOpen', 'payments BackstopPipeline/Pipeline', 'CircuitsOpen', 1],
    ['PaymentsLaneAlarmsSlowCalls', 'payments BackstopPipeline/Pipeline', 'CallDuration', 2_000],
    ['StockLevelsLaneAlarmsSlowCalls', 'stock-levels BackstopPipeline/Pipeline', 'CallDuration', 5_000],
    ['PaymentsLaneAlarmsHandlerFailed', 'payments BackstopPipeline/Pipeline', 'HandlerFailed', 3],
    ['PaymentsLaneAlarmsUndo', 'payments BackstopPipeline/Pipeline', 'UndoFailed', 1],
    ['PaymentsLaneAlarmsUnusualMany', 'PaymentsLaneQueue.QueueName', 'NumberOfMessagesSent', 20],
    ['AlarmsRejects', 'Rejects.QueueName', 'ApproximateNumberOfMessagesVisible', 1],
    ['ParkedAlarm', 'ParkedQueue.QueueName', 'ApproximateNumberOfMessagesVisible', 1],
    ['AlarmsLastResort', 'LastResort.QueueName', 'ApproximateNumberOfMessagesVisible', 1],
    ['AlarmsPublisherErrors', 'PublisherFunction', 'Errors', 3],
    ['AlarmsPublisherLate', 'PublisherFunction', 'IteratorAge', 300_000],
    ['AlarmsOutboxLag', 'published BackstopPipeline/Pipeline', 'FailureReconciled', 1],
    ['AlarmsHandlerFailed', 'BackstopPipeline/Pipeline', 'HandlerFailed', 3],
    ['AlarmsCircuitStore', 'BackstopPipeline/Pipeline', 'CircuitStoreUnreachable', 3],
    ['AlarmsMemoryShort', 'BackstopPipeline/Pipeline', 'MemoryUsed', 85],
  ])('looks at the metric of its resource: %s', (id, watched, MetricName, Threshold) => {
    const { Dimensions, ...properties } = alarm(id);
    expect(properties).toMatchObject({ MetricName, Threshold });
    expect(Dimensions.map(({ Value }: { readonly Value: unknown }) => named(Value)).join(' ')).toBe(watched);
  });

  it('on executions counts all ways in which those of the machine end badly', () => {
    const [{ Expression }, ...counted] = alarm('AlarmsFailedRecoveries').Metrics;
    expect(Expression).toBe('FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)');
    expect(counted.map(({ MetricStat: { Metric, Stat } }: MathPart) => [Metric.MetricName, Stat])).toEqual([
      ['ExecutionsFailed', 'Sum'],
      ['ExecutionsTimedOut', 'Sum'],
      ['ExecutionsAborted', 'Sum'],
    ]);
  });

  it('on errors rings above one percent, and never for a single one', () => {
    const { Metrics, Threshold, ComparisonOperator } = alarm('PaymentsLaneAlarmsErrors');
    expect(Metrics[0].Expression).toBe('errors / IF(invocations > 100, invocations, 100)');
    expect([Threshold, ComparisonOperator]).toEqual([0.01, 'GreaterThanThreshold']);
  });

  it('on growth looks at where failures wait, those that wait for the circuit included, for half an hour', () => {
    const { Metrics, EvaluationPeriods } = alarm('StockLevelsLaneAlarmsGrowing');
    expect(Metrics[0].Expression).toBe('IF(visible + delayed > 100, DIFF(visible + delayed), 0)');
    expect(EvaluationPeriods).toBe(6);
    const queues = Metrics.slice(1).map(({ MetricStat }: MathPart) => named(MetricStat.Metric.Dimensions[0]?.Value));
    expect(queues).toEqual(['StockLevelsLaneOrderedQueue.QueueName', 'StockLevelsLaneOrderedQueue.QueueName']);
  });

  it('on unusual volume rings above what is usual only', () => {
    const { Metrics, ComparisonOperator, ThresholdMetricId } = alarm('PaymentsLaneAlarmsUnusual');
    expect(ComparisonOperator).toBe('GreaterThanUpperThreshold');
    const band = Metrics.find(({ Id }: { readonly Id: string }) => Id === ThresholdMetricId);
    expect(band.Expression).toMatch(/^ANOMALY_DETECTION_BAND\(\w+, ?4\)$/);
  });
});

interface MathPart {
  readonly MetricStat: {
    readonly Metric: { readonly MetricName: string; readonly Dimensions: readonly { readonly Value: unknown }[] };
    readonly Stat: string;
  };
}

describe('the option alarms', () => {
  it('can do without what CloudWatch learns', () => {
    const { pipeline: other } = sharedTemplates('withoutExtras');
    const ids = Object.keys(resourcesOf(other, 'AWS::CloudWatch::Alarm'));
    expect(ids.filter((id) => id.includes('Unusual'))).toEqual([]);
  });

  it('gives a dependency the common limit of slow calls, even if its name is a member of every object', () => {
    const latencyP99 = Duration.seconds(3);
    const { pipeline: other } = synthesizeTemplates(
      { dependencies: { constructor: http } },
      { alarms: { latencyP99 }, dashboards: false },
    );
    const { Threshold } = resource(
      other,
      'AWS::CloudWatch::Alarm',
      'PipelineConstructorLaneAlarmsSlowCalls',
    ).Properties;
    expect(Threshold).toBe(latencyP99.toMilliseconds());
  });

  it.each([
    [{ errorRate: 0 }, 'alarms.errorRate must be above 0, got 0'],
    [{ concurrency: 1.1 }, 'alarms.concurrency must be at most 1, got 1.1'],
    [{ latencyP99: 2_000 }, 'alarms.latencyP99 must be a Duration such as Duration.minutes(5), got 2000'],
    [
      { latencyP99Of: { payments: Duration.millis(1) } },
      'alarms.latencyP99Of.payments must be at least 100 millis, got 1 milli',
    ],
    [
      { latencyP99Of: { bank: Duration.seconds(5) } },
      "alarms.latencyP99Of must name dependencies of this config, got 'bank'",
    ],
    [{ slow: true }, "unknown setting 'alarms.slow'; valid settings: errorRate, latencyP99, latencyP99Of, "],
  ])('is checked at synth: %j', (options, mistake) => {
    const synthesize = () => synthesizeTemplates(testConfig, { alarms: options as object });
    expect(synthesize).toThrow(ConfigError);
    expect(synthesize).toThrow(mistake);
  });
});
