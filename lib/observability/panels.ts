import { Duration } from 'aws-cdk-lib';
import { GraphWidget, type IMetric, SingleValueWidget, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';

/** Period of the sums in dashboards. */
export const PANEL_PERIOD = Duration.minutes(5);

/** A graph of a dashboard. A row has 24 columns. */
interface Panel {
  readonly title: string;
  readonly metrics: readonly IMetric[];
  /** Metrics with a separate scale on the right. @default - none */
  readonly right?: readonly IMetric[];
  /** Stacks the values. @default false */
  readonly stacked?: boolean;
  readonly width: number;
}

const HEIGHT = 6;

export function graph({ title, metrics, right = [], stacked = false, width }: Panel): GraphWidget {
  return new GraphWidget({
    title,
    left: [...metrics],
    right: [...right],
    stacked,
    width,
    height: HEIGHT,
    leftYAxis: { min: 0, showUnits: false },
    rightYAxis: { min: 0, showUnits: false },
  });
}

/** Shows the latest values as figures. */
export function figures(title: string, metrics: readonly IMetric[], width: number): SingleValueWidget {
  return new SingleValueWidget({ title, metrics: [...metrics], width, height: HEIGHT, setPeriodToTimeRange: false });
}

export function heading(markdown: string, height = 1): TextWidget {
  return new TextWidget({ markdown, width: 24, height });
}
