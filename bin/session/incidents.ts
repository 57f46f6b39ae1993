import { incidentStore } from '../../lambdas/adapters/escalation/incident-store.ts';
import { type ActedOn, acknowledgements } from '../../lambdas/domain/escalation/acknowledged-by.ts';
import type { Incident, Incidents } from '../../lambdas/domain/escalation/incident.ts';
import { ITSELF, type OpenIncident, openIncidents } from '../../lambdas/use-cases/escalation/open-incidents.ts';
import type { Session } from './session.ts';

type Place = Pick<Session, 'clients' | 'deployment'>;

function storeOf({ clients, deployment }: Place) {
  return incidentStore({ client: clients.dynamodb, table: deployment.ledgerTable });
}

/** Unresolved incidents of all dependencies and of Backstop itself. What is down now comes first. */
export function allIncidents(session: Place): Promise<readonly OpenIncident[]> {
  return incidentsOf(session, [...session.deployment.lanes.map(({ name }) => name), ITSELF]);
}

export function incidentsOf(session: Place, of: readonly string[]): Promise<readonly OpenIncident[]> {
  return openIncidents(of, storeOf(session));
}

/** An incident as the plan of an action names it. */
type Named = Pick<Incident, 'cause' | 'number' | 'priority' | 'state' | 'summary'> & { readonly of: string };

/** What an action does to the incidents of its dependency. */
export interface Acknowledgements {
  readonly acknowledges: readonly Named[];
  /** Those that stay open. */
  readonly keeps: readonly Named[];
}

const NONE: Acknowledgements = { acknowledges: [], keeps: [] };

/** What an action will do to incidents. It is only told: an action does not need it. */
export async function incidentsBefore(
  session: Place,
  dependency: string | undefined,
  acted: ActedOn,
): Promise<Acknowledgements> {
  if (dependency === undefined) return NONE;
  const stored = await storeOf(session)
    .read(dependency)
    .catch(() => undefined);
  return stored === undefined ? NONE : named(dependency, acted, stored.state);
}

function named(of: string, acted: ActedOn, state: Incidents): Acknowledgements {
  const { acknowledges, keeps } = acknowledgements(acted, state);
  const facts = ({ cause, number, priority, state: is, summary }: Incident) => ({
    of,
    cause,
    number,
    priority,
    state: is,
    summary,
  });
  return { acknowledges: acknowledges.map(facts), keeps: keeps.map(facts) };
}

/** The lines of a plan about incidents. None, if nothing is open. */
export function incidentLines({ acknowledges, keeps }: Acknowledgements): readonly string[] {
  return [
    ...acknowledges.map(({ priority, summary }) => `Acknowledges ${priority}: ${summary}.`),
    ...(keeps.length > 0
      ? [`Leaves open: ${keeps.map(({ priority, cause }) => `${priority} ${cause}`).join(', ')}.`]
      : []),
  ];
}
