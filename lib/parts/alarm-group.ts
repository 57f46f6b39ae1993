import { Lazy } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmRule,
  AlarmState,
  AnomalyDetectionAlarm,
  ComparisonOperator,
  CompositeAlarm,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import type { Escalations, RunbookSection, Urgency } from './escalations.ts';

export interface AlarmGroupProps {
  readonly escalations: Escalations;
  /** What is the matter where any of the alarms rings. */
  readonly summary: string;
  readonly section: RunbookSection;
  /** The dependency that it is about. @default - Backstop itself */
  readonly dependency?: string;
  /** How urgent it is. @default 'P2' */
  readonly priority?: Urgency;
}

export interface GroupedAlarmProps {
  /** What is the matter, as a human reads it. */
  readonly summary: string;
  readonly section: RunbookSection;
  readonly metric: IMetric;
  /** Value from which on it rings. @default 1 */
  readonly threshold?: number;
  /** Whether the value must be above the threshold, not only reach it. @default false */
  readonly above?: boolean;
  /** Periods of the metric of which all must reach the threshold. @default 1 */
  readonly periods?: number;
  /** What is meant where there is no value: see {@link WhereNothing}. @default 'well' */
  readonly whereNothing?: WhereNothing;
}

/**
 * `well`: nothing happened, so nothing is wrong. `as-before`: nobody has said anything else since. `wrong`: something should have
 * happened.
 */
export type WhereNothing = 'well' | 'as-before' | 'wrong';

const MISSING: Readonly<Record<WhereNothing, TreatMissingData>> = {
  well: TreatMissingData.NOT_BREACHING,
  'as-before': TreatMissingData.IGNORE,
  wrong: TreatMissingData.BREACHING,
};

/** Alarms that have one cause, and ring as one: only the composite alarm tells, once, whichever of them rings. */
export class AlarmGroup extends Construct {
  /** What tells. */
  readonly composite: CompositeAlarm;
  private readonly props: AlarmGroupProps;
  /** Those that stand together mean something only while all of them ring. */
  private readonly members: (readonly Alarm[])[] = [];

  constructor(scope: Construct, id: string, props: AlarmGroupProps) {
    super(scope, id);
    this.props = props;
    const { escalations } = props;
    this.composite = new CompositeAlarm(this, 'Alarm', {
      alarmDescription: escalations.describe(props),
      // Alarms join it for as long as the app is constructed.
      alarmRule: { renderAlarmRule: () => Lazy.string({ produce: () => this.rule() }) },
    });
    const action = new SnsAction(escalations.topic);
    this.composite.addAlarmAction(action);
    this.composite.addOkAction(action);
  }

  /** Those that have joined so far. */
  get alarms(): readonly Alarm[] {
    return this.members.flat();
  }

  /** Adds an alarm that tells nobody by itself. */
  add(scope: Construct, id: string, props: GroupedAlarmProps): Alarm {
    const alarm = this.create(scope, id, props);
    this.join(alarm);
    return alarm;
  }

  /**
   * Adds an alarm that rings where a metric lies above what is usual at that time of the day and the week, and reaches the threshold:
   * where next to nothing is usual, little more would be unusual already.
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
    return escalations.describe({
      summary,
      section,
      ...(dependency !== undefined && { dependency }),
      ...(priority && { priority }),
    });
  }

  private rule(): string {
    const rings = (alarm: Alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM);
    const rung = this.members.map((alarms) => AlarmRule.allOf(...alarms.map(rings)));
    return AlarmRule.anyOf(...rung).renderAlarmRule();
  }
}

/** A rule has at most 10,240 characters, and a name at most 255: more might not fit. */
const MOST_ALARMS = 25;
/** Wide, since a page at night is to mean something. */
const UNUSUAL_DEVIATIONS = 4;
