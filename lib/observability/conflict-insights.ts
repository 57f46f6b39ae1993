import { Stack } from 'aws-cdk-lib';
import { CfnInsightRule } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { CONFLICT_MET, type ConflictMet } from '../../lambdas/contract/conflict-met.ts';
import { serviceName } from '../parts/service-name.ts';

interface ConflictInsightsProps {
  /** Log groups of the functions that meet conflicts, at level INFO. */
  readonly logGroups: readonly Pick<ILogGroup, 'logGroupName'>[];
}

/** A rule accepts at most 20 log groups. */
const MAX_LOG_GROUPS = 20;
/** A rule's name has at most 128 characters, of which the address has 42 and the number at most 4. */
const MAX_SERVICE_LENGTH = 80;

/** Counts lost races by resource, with rules of CloudWatch Contributor Insights over the logs. */
export class ConflictInsights extends Construct {
  /** One rule per 20 log groups. */
  readonly rules: readonly CfnInsightRule[];

  constructor(scope: Construct, id: string, { logGroups }: ConflictInsightsProps) {
    super(scope, id);
    // The path alone would be the same in two stages of one account.
    const service = serviceName(this).replaceAll(/[^A-Za-z0-9-]/g, '-');
    const name = `${service.slice(0, MAX_SERVICE_LENGTH)}-${this.node.addr}`;
    this.rules = inTwenties(logGroups).map(
      (some, at) =>
        new CfnInsightRule(this, `Rule${at + 1}`, {
          ruleName: `${name}-${at + 1}`,
          ruleState: 'ENABLED',
          ruleBody: Stack.of(this).toJsonString(ruleOver(some)),
        }),
    );
  }
}

/**
 * Builds a rule in the
 * {@link https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html}.
 */
function ruleOver(logGroups: ConflictInsightsProps['logGroups']): object {
  return {
    Schema: { Name: 'CloudWatchLogRule', Version: 1 },
    LogGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
    LogFormat: 'JSON',
    Contribution: {
      Keys: (['dependency', 'resource'] satisfies (keyof ConflictMet)[]).map((field) => `$.${field}`),
      Filters: [{ Match: '$.message', In: [CONFLICT_MET] }],
    },
    AggregateOn: 'Count',
  };
}

function inTwenties<T>(all: readonly T[]): readonly (readonly T[])[] {
  return all.length === 0 ? [] : [all.slice(0, MAX_LOG_GROUPS), ...inTwenties(all.slice(MAX_LOG_GROUPS))];
}
