import type { CircuitRow, Incident, LaneRow } from '../documents.ts';
import { addressOf } from '../hooks.ts';
import { Age, Badge } from '../parts/basics.tsx';
import { ActButton } from '../rights.tsx';
import { count } from '../text.ts';

/** Cause of the incidents that end with a decision. */
const DECISION_NEEDED = 'decision-needed';

interface IncidentListProps {
  readonly incidents: readonly Incident[];
  readonly lanes: readonly LaneRow[];
  readonly circuits: readonly CircuitRow[];
  readonly onAcknowledge: (dependency: string) => void;
}

/** What is wrong now, and what Backstop does about it. */
export function IncidentList({ incidents, lanes, circuits, onAcknowledge }: IncidentListProps) {
  return (
    <ul class="incidents" aria-label="Incidents">
      {incidents.map((incident) => (
        <li key={incident.of + incident.cause} class="card">
          <div class="row">
            <Badge tone={incident.priority === 'P1' ? 'bad' : 'warn'}>{incident.priority}</Badge>
            <strong>{incident.of}</strong>
            <span>{incident.summary}</span>
          </div>
          <p>
            Open for <Age at={incident.firstAt} />, {count(incident.count, 'signal')}, the last{' '}
            <Age at={incident.lastAt} /> ago. {whatHappens(incident, lanes, circuits)}
          </p>
          <div class="buttons">
            {incident.state === 'open' ? (
              <ActButton class="primary" onClick={() => onAcknowledge(incident.of)}>
                Acknowledge
              </ActButton>
            ) : (
              <span class="quiet">acknowledged by {incident.acknowledgedBy}</span>
            )}
            {incident.cause === DECISION_NEEDED ? (
              <a href={addressOf('decisions')}>Look at both sides</a>
            ) : (
              incident.of !== 'backstop' && (
                <a href={addressOf('letters', { dependency: incident.of })}>Dead letters of {incident.of}</a>
              )
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** What Backstop does by itself about a dependency in trouble. */
function whatHappens(
  { of: dependency, cause }: Incident,
  lanes: readonly LaneRow[],
  circuits: readonly CircuitRow[],
): string {
  if (cause === DECISION_NEEDED) return 'Writes wait for your decision. Nothing is overwritten in the meantime.';
  const lane = lanes.find((each) => each.lane === dependency);
  if (!lane) return '';
  const waiting = lane.waiting + lane.inFlight;
  const blocked = circuits.some(
    ({ circuit, state }) => circuit.split('/')[0] === dependency && (state === 'open' || state === 'half-open'),
  );
  const told = [
    waiting > 0 && blocked
      ? `In the lane: ${count(waiting, 'failure')}. None loses an attempt. Backstop probes the dependency, and retries them by itself once it is well.`
      : waiting > 0
        ? `Under way: ${count(waiting, 'failure')}.`
        : 'Nothing waits.',
    lane.paused ? 'The lane is paused: it goes on when somebody resumes it.' : '',
    lane.deadLetters > 0 ? `For you to redrive: ${count(lane.deadLetters, 'dead letter')}.` : '',
  ];
  return told.filter((text) => text !== '').join(' ');
}
