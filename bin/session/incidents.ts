import { allCircuits } from '../../lambdas/adapters/circuit/all-circuits.ts';
import { incidentStore } from '../../lambdas/adapters/escalation/incident-store.ts';
import { BLOCKING } from '../../lambdas/contract/circuit-kinds.ts';
import { circuitSubject } from '../../lambdas/domain/circuit/circuit-key.ts';
import { effectiveCircuit } from '../../lambdas/domain/circuit/effective-circuit.ts';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import { type ActedOn, acknowledgements } from '../../lambdas/domain/escalation/acknowledged-by.ts';
import { DECISION_NEEDED, UNREACHABLE } from '../../lambdas/domain/escalation/cause.ts';
import type { Incident, Incidents } from '../../lambdas/domain/escalation/incident.ts';
import { ITSELF, type OpenIncident, openIncidents } from '../../lambdas/use-cases/escalation/open-incidents.ts';
import type { Printer } from './printer.ts';
import type { Session } from './session.ts';
import { shortSpan } from './short-span.ts';

type Place = Pick<Session, 'clients' | 'deployment' | 'now'>;

function storeOf({ clients, deployment }: Pick<Place, 'clients' | 'deployment'>) {
  return incidentStore({ client: clients.dynamodb, table: deployment.ledgerTable });
}

/** Unresolved incidents of all dependencies and of Backstop itself. What is down now comes first. */
export function allIncidents(session: Place): Promise<readonly OpenIncident[]> {
  return incidentsOf(session, [...session.deployment.lanes.map(({ name }) => name), ITSELF]);
}

export async function incidentsOf(session: Place, of: readonly string[]): Promise<readonly OpenIncident[]> {
  return openIncidents(of, { store: storeOf(session), down: await downNow(session) });
}

/** Dependencies with a circuit that blocks calls. */
async function downNow({ clients, deployment, now }: Place): Promise<ReadonlySet<string>> {
  const at = now();
  const circuits = await allCircuits({ client: clients.dynamodb, table: deployment.circuitsTable }, at);
  const blocking = circuits.filter(({ snapshot }) => BLOCKING.has(effectiveCircuit(snapshot.circuit, at).kind));
  return new Set(blocking.map(({ key }) => circuitSubject(key).dependency));
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

/** Prints what an incident is and what to do, at any width: two paragraphs, of which the first has the facts. */
export function tellIncident(incident: OpenIncident, print: Printer, now: number, more = ''): void {
  const { priority, of, summary, action, byItself, isDown, firstAt, acknowledgedBy } = incident;
  const since = `${isDown ? 'down now, ' : ''}open for ${shortSpan(now - Date.parse(firstAt))}`;
  const taken = acknowledgedBy === undefined ? '' : `, acknowledged by ${acknowledgedBy}`;
  print.line(`  ${priority} ${of}, ${since}${taken}: ${sentence(summary)}`);
  const alone = isDown && byItself !== undefined ? ` ${sentence(byItself)}` : '';
  print.line(`     ${sentence(action)}${more}${alone}`);
}

/** Words of the command that shows more of an incident: its first failure, or its questions. */
export function lookInto({ cause, section, samples }: OpenIncident): readonly string[] {
  const [first] = samples;
  // The state of a circuit says more than one of its dead letters.
  if (first === undefined || (cause === UNREACHABLE && section === 'circuit-open')) return [];
  return [cause === DECISION_NEEDED ? 'decisions' : `dlq show ${shellWord(first.failureId)}`];
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}
