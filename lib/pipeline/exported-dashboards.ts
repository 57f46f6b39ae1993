import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { ConflictDashboard } from '../observability/conflict-dashboard.ts';
import type { Dashboards } from '../observability/dashboards.ts';

interface PipelineDashboards {
  readonly dashboards: Dashboards | undefined;
  readonly conflictDashboard: ConflictDashboard | undefined;
}

/** The dashboards that the operator's tool converts. Those of groups of dependencies would need a longer policy. */
export function exportedDashboards({ dashboards, conflictDashboard }: PipelineDashboards): readonly Dashboard[] {
  return [
    ...(dashboards ? [dashboards.overview, dashboards.cost] : []),
    ...(conflictDashboard ? [conflictDashboard.dashboard] : []),
  ];
}
