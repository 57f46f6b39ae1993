import { Duration } from 'aws-cdk-lib';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { LaneView } from '../lane/lane-view.ts';
import type { Escalations } from '../parts/escalations.ts';
import { lanesCosts } from './cost-dashboard.ts';
import { rowOf } from './overview-dashboard.ts';
import { graph } from './panels.ts';
import { SteadyDashboard } from './steady-dashboard.ts';

interface DependenciesDashboardProps {
  readonly escalations: Pick<Escalations, 'linkTo'>;
  readonly lanes: readonly LaneView[];
}

/** Shows some dependencies of many: a row for each, and what they cost. */
export class DependenciesDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, { escalations, lanes }: DependenciesDashboardProps) {
    super(scope, id);
    const costly = {
      functions: lanes.flatMap(({ functions }) => functions),
      queues: lanes.flatMap(({ queues }) => queues),
    };
    this.dashboard = new SteadyDashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(3),
      widgets: [
        ...lanes.flatMap((lane) => rowOf(lane, escalations)),
        [graph({ title: 'Dollars per day', metrics: lanesCosts(costly), stacked: true, width: 24 })],
      ],
    });
  }
}
