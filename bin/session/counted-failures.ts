import { countPorts } from '../../lambdas/adapters/ledger/count-ports.ts';
import {
  type CountedFailures,
  countFailures,
  type DependencyCounts,
} from '../../lambdas/use-cases/ledger/failure-counts.ts';
import type { Session } from './session.ts';

/** Failures of all lanes by their status, from the ledger. */
export function countedFailures({
  clients,
  deployment,
  now,
}: Pick<Session, 'clients' | 'deployment' | 'now'>): Promise<CountedFailures> {
  const table = { client: clients.dynamodb, table: deployment.ledgerTable };
  return countFailures(
    deployment.lanes.map(({ name }) => name),
    countPorts(table, now),
  );
}

/** `Failures of payments: 3 under way or held, 1 dead.` Empty without failures. */
export function failuresText(of: string, counts: DependencyCounts | undefined, unclaimed = 0): string {
  if (counts === undefined) return '';
  const { running, held, dead } = counts;
  const parts = [
    ...(running + held > 0 ? [`${about(counts)}${running + held} under way or held`] : []),
    ...(dead > 0 ? [`${about(counts)}${dead} dead`] : []),
    ...(unclaimed > 0 ? [`about ${unclaimed} new`] : []),
  ];
  return parts.length === 0 ? '' : ` Failures of ${of}: ${parts.join(', ')}.`;
}

export function about({ isExact }: Pick<DependencyCounts, 'isExact'>): string {
  return isExact ? '' : 'about ';
}
