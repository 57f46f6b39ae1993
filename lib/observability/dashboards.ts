import { CfnParameter, NestedStack } from 'aws-cdk-lib';
import { Alarm, type AlarmBase, type Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { pascalCase } from '../config/pascal-case.ts';
import type { Notifier } from '../escalation/notifier.ts';
import type { DependencyLane } from '../lane/dependency-lane.ts';
import { LaneView, partsOf } from '../lane/lane-view.ts';
import type { ParkedDeadLetters } from '../lane/parked-dead-letters.ts';
import { AlarmGroup } from '../parts/alarm-group.ts';
import { BackstopFunction } from '../parts/backstop-function.ts';
import type { Escalations } from '../parts/escalations.ts';
import type { IFailureStore } from '../parts/failure-store.ts';
import type { RecoveryMachine } from '../recovery/recovery-machine.ts';
import { CostDashboard } from './cost-dashboard.ts';
import { DependenciesDashboard } from './dependencies-dashboard.ts';
import { OverviewDashboard } from './overview-dashboard.ts';

interface DashboardsProps {
  /** The pipeline, complete except for its dashboards. */
  readonly pipeline: IConstruct & {
    readonly escalations: Escalations;
    readonly lanes: ReadonlyMap<string, DependencyLane>;
    readonly rejects: Queue;
    readonly lastResort: Queue;
    readonly parked: ParkedDeadLetters;
    readonly notifier: Notifier;
    readonly store: IFailureStore;
    readonly recovery: RecoveryMachine;
  };
  readonly publisher: BackstopFunction;
}

/**
 * The most dependencies on one dashboard. CloudWatch takes 500 metrics in a widget. The cost has 4 of each queue and 2
 * of each function.
 */
const MOST_ROWS = 20;

/**
 * The dashboards of a pipeline: what is wrong, how each dependency fares, and what it costs. With more than 20
 * dependencies, each 20 of them have a dashboard of their own, with their costs.
 */
export class Dashboards extends Construct {
  /** The overview, with one row per dependency if there are at most 20. */
  readonly overview: Dashboard;
  /** The cost of the pipeline; with more than 20 dependencies, of what they share. */
  readonly cost: Dashboard;
  /** Rows of dependencies and their costs, if there are more than 20. */
  readonly dependencies: readonly Dashboard[];

  /** @internal */
  constructor(scope: Construct, id: string, { pipeline, publisher }: DashboardsProps) {
    super(scope, id);
    const { escalations, rejects, lastResort, store, recovery } = pipeline;
    const lanes = [...pipeline.lanes.values()];
    const inLanes = new Set(lanes.flatMap((lane) => lane.node.findAll()));
    const own = pipeline.node.findAll().filter((part) => !inLanes.has(part));
    const seen = lanes.map((lane) => new LaneView(this, `Lane${pascalCase(lane.settings.name)}`, lane, partsOf(lane)));
    const rows = lanes.length > MOST_ROWS ? [] : seen;
    this.overview = new OverviewDashboard(this, 'Overview', {
      escalations,
      lanes: seen,
      rows,
      rejects,
      lastResort,
      publisher,
      alarms: [...telling(own), ...seen.map(({ alarm }) => alarm)],
      parked: pipeline.parked.queue,
      undelivered: pipeline.notifier.undelivered,
    }).dashboard;
    this.cost = new CostDashboard(this, 'Cost', {
      functions: [...own.filter((part) => part instanceof BackstopFunction), ...rows.flatMap((lane) => lane.functions)],
      queues: [...own.filter((part) => part instanceof Queue), ...rows.flatMap((lane) => lane.queues)],
      ledger: store.ledger,
      tables: [store.ledger, store.effects, store.circuits],
      recovery: recovery.stateMachine,
    }).dashboard;
    this.dependencies = lanes.length > MOST_ROWS ? this.inGroups(lanes, escalations) : [];
  }

  private inGroups(lanes: readonly DependencyLane[], escalations: Escalations): readonly Dashboard[] {
    return Array.from({ length: Math.ceil(lanes.length / MOST_ROWS) }, (_, at) => {
      const some = lanes.slice(at * MOST_ROWS, (at + 1) * MOST_ROWS);
      const parameters = Object.fromEntries(some.map((lane, n) => [`Lane${n + 1}`, partsOf(lane)]));
      // The bodies of all together would be too long for one template.
      const stack = new NestedStack(this, `Dependencies${at + 1}`, { parameters });
      const views = some.map((lane, n) => {
        const { valueAsString } = new CfnParameter(stack, `Lane${n + 1}`);
        return new LaneView(stack, `View${n + 1}`, lane, valueAsString);
      });
      return new DependenciesDashboard(stack, 'Default', { escalations, lanes: views }).dashboard;
    });
  }
}

/** The alarms that alert humans: one per group, and those outside of groups. */
function telling(parts: readonly unknown[]): AlarmBase[] {
  const groups = parts.filter((part) => part instanceof AlarmGroup);
  const grouped = new Set(groups.flatMap(({ alarms }) => alarms));
  const single = parts.filter((part) => part instanceof Alarm).filter((alarm) => !grouped.has(alarm));
  return [...groups.map(({ composite }) => composite), ...single];
}
