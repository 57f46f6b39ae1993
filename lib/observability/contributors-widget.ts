import { Aws, type Duration } from 'aws-cdk-lib';
import { type CfnInsightRule, ConcreteWidget } from 'aws-cdk-lib/aws-cloudwatch';

interface ContributorsWidgetProps {
  readonly title: string;
  readonly rule: CfnInsightRule;
  readonly period: Duration;
  /** Contributors shown, 1 to 100. */
  readonly top: number;
  /** Columns; a dashboard has 24. */
  readonly width: number;
  /** Rows of the dashboard's grid. */
  readonly height: number;
}

/** Shows the top contributors of a Contributor Insights rule over time. The CDK has no widget for it. */
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
