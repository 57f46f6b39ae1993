import { Lazy } from 'aws-cdk-lib';
import {
  Alarm,
  AnomalyDetectionAlarm,
  ComparisonOperator,
  CompositeAlarm,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import type { Escalations, RunbookSection, Urgency } from './escalations.ts';

interface AlarmGroupProps {
  readonly escalations: Escalations;
  /** What is wrong when any alarm of the group rings, as a human reads it. */
  readonly summary: string;
  readonly section: RunbookSection;
  /** The affected dependency. @default - Backstop itself */
  readonly dependency?: string;
  /** Urgency of the alert. @default 'P2' */
  readonly priority?: Urgency;
}

interface GroupedAlarmProps {
  /** What is wrong, as a human reads it. */
  readonly summary: string;
  readonly section: RunbookSection;
  readonly metric: IMetric;
  /** The alarm rings when the metric reaches this value. @default 1 */
  readonly threshold?: number;
  /** Whether the alarm rings only above the threshold, not at it. @default false */
  readonly above?: boolean;
  /** Number of consecutive periods that must breach the threshold. @default 1 */
  readonly periods?: number;
  /** How the alarm treats missing data. @default 'well' */
  readonly whereNothing?: WhereNothing;
}

/**
 * The meaning of missing data.
 *
 * - `well`: nothing happened, so nothing is wrong
 * - `as-before`: no change
 * - `wrong`: something should have happened
 */
type WhereNothing = 'well' | 'as-before' | 'wrong';

const MISSING: Readonly<Record<WhereNothing, TreatMissingData>> = {
  well: TreatMissingData.NOT_BREACHING,
  'as-before': TreatMissingData.IGNORE,
  wrong: TreatMissingData.BREACHING,
};

/** Groups alarms with one cause. Only the composite alarm alerts humans: once, whichever members ring. */
export class AlarmGroup extends Construct {
  /** Rings when any member rings. */
  readonly composite: CompositeAlarm;
  private readonly props: AlarmGroupProps;
  /** Each element rings only if all its alarms ring. */
  private readonly members: (readonly Alarm[])[] = [];

  constructor(scope: Construct, id: string, props: AlarmGroupProps) {
    super(scope, id);
    this.props = props;
    const { escalations } = props;
    this.composite = new CompositeAlarm(this, 'Alarm', {
      alarmDescription: escalations.describe(props),
      // Alarms can join until synth, so the rule is lazy.
      alarmRule: { renderAlarmRule: () => Lazy.string({ produce: () => this.rule() }) },
    });
    const action = new SnsAction(escalations.topic);
    this.composite.addAlarmAction(action);
    this.composite.addOkAction(action);
  }

  /** The alarms that have joined so far. */
  get alarms(): readonly Alarm[] {
    return this.members.flat();
  }

  /** Adds an alarm that alerts humans only through the composite alarm. */
  add(scope: Construct, id: string, props: GroupedAlarmProps): Alarm {
    const alarm = this.create(scope, id, props);
    this.join(alarm);
    return alarm;
  }

  /**
   * Adds an alarm that rings when a metric is unusually high for the time of day and week. The metric must also reach
   * the threshold: without it, a few more than almost none would be unusual.
   */
  addUnusual(
    scope: Construct,
    id: string,
    props: Pick<GroupedAlarmProps, 'summary' | 'section' | 'metric' | 'threshold' | 'periods'>,
  ): Alarm {
    const alarm = new AnomalyDetectionAlarm(scope, id, {
      alarmDescription: this.describe(props),
      metric: props.metric,
      stdDevs: UNUSUAL_DEVIATIONS,
      comparisonOperator: ComparisonOperator.GREATER_THAN_UPPER_THRESHOLD,
      evaluationPeriods: props.periods ?? 1,
      treatMissingData: MISSING.well,
    });
    this.join(alarm, this.create(scope, `${id}Many`, props));
    return alarm;
  }

  private create(scope: Construct, id: string, props: GroupedAlarmProps): Alarm {
    const { metric, threshold = 1, above = false, periods = 1, whereNothing = 'well' } = props;
    return new Alarm(scope, id, {
      alarmDescription: this.describe(props),
      metric,
      threshold,
      comparisonOperator: above
        ? ComparisonOperator.GREATER_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: MISSING[whereNothing],
    });
  }

  private join(...alarms: readonly Alarm[]): void {
    this.members.push(alarms);
    if (this.alarms.length > MOST_ALARMS) {
      throw new RangeError(`${this.node.path} must have at most ${MOST_ALARMS} alarms`);
    }
  }

  private describe({ summary, section }: Pick<GroupedAlarmProps, 'summary' | 'section'>): string {
    const { escalations, dependency, priority } = this.props;
    return escalations.describe({ summary, section, dependency, priority });
  }

  private rule(): string {
    const rung = this.members.map((alarms) => alarms.map(({ alarmArn }) => `ALARM("${alarmArn}")`).join(' AND '));
    return `(${rung.map((each) => `(${each})`).join(' OR ')})`;
  }
}

/** A rule has at most 10,240 characters and an alarm name at most 255, so 25 alarms fit. */
const MOST_ALARMS = 25;
/** Standard deviations. A wide band, because an alarm at night must be worth it. */
const UNUSUAL_DEVIATIONS = 4;
