import { Duration } from 'aws-cdk-lib';
import { GraphWidget, type IMetric, SingleValueWidget, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';

/** Over which time dashboards add up. */
export const PANEL_PERIOD = Duration.minutes(5);

/** A graph of a dashboard, as data. A row has 24 columns. */
export interface Panel {
  readonly title: string;
  readonly metrics: readonly IMetric[];
  /** Has a scale of its own, on the right. @default - none */
  readonly right?: readonly IMetric[];
  /** Draws the values on top of each other. @default false */
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

/** The latest values, in figures. */
export function figures(title: string, metrics: readonly IMetric[], width: number): SingleValueWidget {
  return new SingleValueWidget({ title, metrics: [...metrics], width, height: HEIGHT, setPeriodToTimeRange: false });
}

export function heading(markdown: string, height = 1): TextWidget {
  return new TextWidget({ markdown, width: 24, height });
}
