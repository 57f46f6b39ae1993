import { UNREACHABLE } from '../../domain/escalation/cause.ts';
import type { Incident } from '../../domain/escalation/incident.ts';
import { adviceOn, type IncidentAdvice } from '../../domain/escalation/incident-advice.ts';
import { isOngoing } from '../../domain/escalation/incident-changes.ts';
import type { IncidentStore } from './incident-store.ts';

/** The operator's name for incidents of Backstop itself. */
export const ITSELF = 'backstop';

/** An incident that is not resolved, as operators read it. */
export interface OpenIncident extends Incident, IncidentAdvice {
  /** Dependency, or {@link ITSELF}. */
  readonly of: string;
  /** Whether the dependency is down now: one of its circuits blocks calls. */
  readonly isDown: boolean;
  /** Whether it continues, and nobody has taken it on. */
  readonly needsHuman: boolean;
}

interface IncidentPorts {
  readonly store: Pick<IncidentStore, 'read'>;
  /** Dependencies with a circuit that blocks calls now. Their incidents learn of a change later. */
  readonly down: ReadonlySet<string>;
}

/** Unresolved incidents: first what is down now, then by urgency, then what nobody has taken on, then the newest. */
export async function openIncidents(of: readonly string[], ports: IncidentPorts): Promise<readonly OpenIncident[]> {
  const all = await Promise.all(of.map((name) => incidentsOf(name, ports)));
  return all.flat().sort((a, b) => rank(a) - rank(b) || (a.firstAt > b.firstAt ? -1 : 1));
}

async function incidentsOf(of: string, { store, down }: IncidentPorts): Promise<readonly OpenIncident[]> {
  const { state } = await store.read(of === ITSELF ? '' : of);
  return Object.values(state.incidents)
    .filter(isOngoing)
    .map((incident) => {
      const isDown = incident.cause === UNREACHABLE && down.has(of);
      // Calls pass again, and the circuit's last change has yet to arrive.
      const isEnding = incident.cause === UNREACHABLE && incident.section === 'circuit-open' && !isDown;
      const advice = isEnding ? ENDING : adviceOn(incident, false);
      return { of, ...incident, ...advice, isDown, needsHuman: incident.state === 'open' && !isEnding };
    });
}

const ENDING: IncidentAdvice = {
  action: 'None: calls pass again, and the incident ends by itself within minutes',
  byItself: 'Backstop continues the failures that it held',
};

function rank({ isDown, priority, needsHuman }: OpenIncident): number {
  return (isDown ? 0 : 4) + (priority === 'P1' ? 0 : 2) + (needsHuman ? 0 : 1);
}
