import { Match, Template } from 'aws-cdk-lib/assertions';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { CONFLICT_MET } from '../../../lambdas/contract/conflict-met.ts';
import { ConflictInsights } from '../../../lib/observability/conflict-insights.ts';
import { named, ownStack, resourcesOf } from '../templates.ts';

/** The rules over the given number of log groups. */
function rulesOver(count: number) {
  const stack = ownStack();
  const logGroups = Array.from({ length: count }, (_, at) => new LogGroup(stack, `Logs${at}x`));
  new ConflictInsights(stack, 'Insights', { logGroups });
  const template = Template.fromStack(stack);
  const rules = Object.values(resourcesOf(template, 'AWS::CloudWatch::InsightRule'));
  return {
    template,
    rules: rules.map(({ Properties }) => ({ ...Properties, body: JSON.parse(named(Properties.RuleBody)) })),
  };
}

describe('the rule over the logs', () => {
  it('counts conflicts by dependency and resource', () => {
    const [rule] = rulesOver(2).rules;
    expect(rule).toMatchObject({ RuleState: 'ENABLED' });
    expect(rule?.body).toEqual({
      Schema: { Name: 'CloudWatchLogRule', Version: 1 },
      LogGroupNames: ['Logs0x', 'Logs1x'],
      LogFormat: 'JSON',
      Contribution: {
        Keys: ['$.dependency', '$.resource'],
        Filters: [{ Match: '$.message', In: [CONFLICT_MET] }],
      },
      AggregateOn: 'Count',
    });
  });

  it('reads at most twenty log groups, so that more of them have several rules', () => {
    const { template, rules } = rulesOver(41);
    expect(() =>
      template.hasResourceProperties('AWS::CloudWatch::InsightRule', { RuleName: Match.stringLikeRegexp('-3$') }),
    ).not.toThrow();
    expect(rules.map(({ body }) => body.LogGroupNames.length)).toEqual([20, 20, 1]);
    expect(new Set(rules.map(({ RuleName }) => RuleName)).size).toBe(3);
    for (const { RuleName } of rules) expect(RuleName).toMatch(/^[\x20-\x7e]{1,128}$/);
  });

  it('is none without logs', () => {
    expect(rulesOver(0).rules).toEqual([]);
  });
});
