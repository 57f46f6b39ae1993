import { ownMember } from '../../contract/own-member.ts';
import type { Cause } from './cause.ts';
import type { Incident, Incidents, SignalOptions } from './incident.ts';
import { beginIncident, recordOccurrence, resolveIncidents } from './incident-changes.ts';
import { SENDS_AGAIN } from './sends-again.ts';
import type { Signal } from './signal.ts';

type DeadLetter = Extract<Signal, { kind: 'dead-letter' }>;

/**
 * Records a dead letter. If it died again after the redrive that took its incident on, the redrive has not helped, and
 * the operator may be gone. So the incident ends, and the next one begins: a paging service ignores a trigger of
 * an alert that somebody has acknowledged.
 */
export function recordDeadLetter(
  before: Incidents,
  signal: DeadLetter,
  cause: Cause,
  options: SignalOptions,
): Incidents {
  const { at, sample, cycle = 1 } = signal;
  if (cycle === 1) return recordOccurrence(before, at, cause, options, sample);
  const known = ownMember(before.incidents, cause.cause);
  const recorded = hasOutlivedRedrive(known, at)
    ? beginIncident(
        resolveIncidents(before, at, (incident) => incident === known, options, 'died-again'),
        at,
        diedAgain(cause, known),
        options,
        sample,
      )
    : recordOccurrence(before, at, cause, options, sample);
  return withDeath(recorded, cause.cause, at);
}

/** Whether a redrive took the incident on before `at`. A late event of an earlier cycle is not about this redrive. */
function hasOutlivedRedrive(incident: Incident | undefined, at: string): incident is Incident {
  return (
    incident?.state === 'acknowledged' &&
    SENDS_AGAIN.has(incident.acknowledgedWith ?? '') &&
    Date.parse(at) > Date.parse(incident.acknowledgedAt ?? '')
  );
}

function diedAgain(cause: Cause, { priority, acknowledgedBy = 'somebody' }: Incident): Cause {
  return {
    ...cause,
    priority: priority === 'P1' ? 'P1' : cause.priority,
    summary: `${cause.summary}. They died again after a redrive`,
    notes: [`redriven by ${acknowledgedBy}, died again`, ...(cause.notes ?? [])],
  };
}

function withDeath(before: Incidents, cause: string, at: string): Incidents {
  const incident = ownMember(before.incidents, cause);
  if (incident?.state !== 'open' || at <= (incident.diedAgainAt ?? '')) return before;
  return { ...before, incidents: { ...before.incidents, [cause]: { ...incident, diedAgainAt: at } } };
}
