import { Alarm, type AlarmBase, type Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import type { Notifier } from '../escalation/notifier.ts';
import type { DependencyLane } from '../lane/dependency-lane.ts';
import type { ParkedDeadLetters } from '../lane/parked-dead-letters.ts';
import { AlarmGroup } from '../parts/alarm-group.ts';
import { BackstopFunction } from '../parts/backstop-function.ts';
import type { Escalations } from '../parts/escalations.ts';
import type { FailureStore } from '../parts/failure-store.ts';
import type { RecoveryMachine } from '../recovery/recovery-machine.ts';
import { CostDashboard } from './cost-dashboard.ts';
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
    readonly store: FailureStore;
    readonly recovery: RecoveryMachine;
  };
  readonly publisher: BackstopFunction;
}

/** The dashboards of a pipeline: what is wrong, how each dependency fares, and what it costs. */
export class Dashboards extends Construct {
  /** The overview, with one row per dependency. */
  readonly overview: Dashboard;
  /** The cost of the pipeline. */
  readonly cost: Dashboard;

  /** @internal */
  constructor(scope: Construct, id: string, { pipeline, publisher }: DashboardsProps) {
    super(scope, id);
    const { escalations, lanes, rejects, lastResort, store, recovery } = pipeline;
    const parts = pipeline.node.findAll();
    this.overview = new OverviewDashboard(this, 'Overview', {
      escalations,
      lanes,
      rejects,
      lastResort,
      publisher,
      alarms: telling(parts),
      parked: pipeline.parked.queue,
      undelivered: pipeline.notifier.undelivered,
    }).dashboard;
    this.cost = new CostDashboard(this, 'Cost', {
      functions: parts.filter((part) => part instanceof BackstopFunction),
      queues: parts.filter((part) => part instanceof Queue),
      ledger: store.ledger,
      tables: [store.ledger, store.effects, store.circuits],
      recovery: recovery.stateMachine,
    }).dashboard;
  }
}

/** The alarms that alert humans: one per group, and those outside of groups. */
function telling(parts: readonly unknown[]): AlarmBase[] {
  const groups = parts.filter((part) => part instanceof AlarmGroup);
  const grouped = new Set(groups.flatMap(({ alarms }) => alarms));
  const single = parts.filter((part) => part instanceof Alarm).filter((alarm) => !grouped.has(alarm));
  return [...groups.map(({ composite }) => composite), ...single];
}
