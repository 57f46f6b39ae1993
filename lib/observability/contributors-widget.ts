import { Aws, type Duration } from 'aws-cdk-lib';
import { type CfnInsightRule, ConcreteWidget } from 'aws-cdk-lib/aws-cloudwatch';

export interface ContributorsWidgetProps {
  readonly title: string;
  readonly rule: CfnInsightRule;
  readonly period: Duration;
  /** Contributors shown, 1 to 100. */
  readonly top: number;
  /** In columns of a dashboard, of which there are 24. */
  readonly width: number;
  /** In rows of a dashboard. */
  readonly height: number;
}

/** The top contributors of a Contributor Insights rule over time, for which the CDK has no widget. */
export class ContributorsWidget extends ConcreteWidget {
  private readonly props: ContributorsWidgetProps;

  constructor(props: ContributorsWidgetProps) {
    super(props.width, props.height);
    this.props = props;
  }

  override toJson(): object[] {
    const { title, rule, period, top } = this.props;
    const { width, height, x, y } = this;
    const insightRule = { ruleName: rule.attrRuleName, maxContributorCount: top, orderBy: 'Sum' };
    const properties = {
      title,
      region: Aws.REGION,
      period: period.toSeconds(),
      view: 'timeSeries',
      legend: { position: 'bottom' },
      insightRule,
    };
    return [{ type: 'metric', width, height, x, y, properties }];
  }
}
