import type { Incident, LaneRow } from '../documents.ts';
import { addressOf } from '../hooks.ts';
import { Age, Badge } from '../parts/basics.tsx';
import { ActButton } from '../rights.tsx';
import { count } from '../text.ts';

/** Cause of the incidents that end with a decision. */
const DECISION_NEEDED = 'decision-needed';

interface IncidentListProps {
  readonly incidents: readonly Incident[];
  readonly lanes: readonly LaneRow[];
  readonly onAcknowledge: (dependency: string) => void;
}

/** What is wrong now, and what Backstop does about it. */
export function IncidentList({ incidents, lanes, onAcknowledge }: IncidentListProps) {
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
            <strong>{incident.action}.</strong>
            {incident.byItself !== undefined && ` By itself: ${incident.byItself}.`}
          </p>
          <p>
            Open for <Age at={incident.firstAt} />, {count(incident.count, 'signal')}, the last{' '}
            <Age at={incident.lastAt} /> ago. {whatWaits(incident, lanes)}
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
                <>
                  <a href={addressOf('letters', { dependency: incident.of })}>Dead letters of {incident.of}</a>
                  <a href={addressOf('failures', { dependency: incident.of })}>Failures of {incident.of}</a>
                </>
              )
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** What waits at a dependency in trouble. The advice says what Backstop does about it. */
function whatWaits({ of: dependency, cause }: Incident, lanes: readonly LaneRow[]): string {
  if (cause === DECISION_NEEDED) return 'Writes wait for your decision. Nothing is overwritten in the meantime.';
  const lane = lanes.find((each) => each.lane === dependency);
  if (!lane) return '';
  const waiting = underWayIn(lane);
  const told = [
    waiting > 0 ? `Under way: ${count(waiting, 'failure')}. None is lost.` : 'Nothing waits.',
    lane.paused ? 'The lane is paused: it goes on when somebody resumes it.' : '',
    lane.deadLetters > 0 ? `In its dead-letter queue: ${count(lane.deadLetters, 'dead letter')}, of all causes.` : '',
  ];
  return told.filter((text) => text !== '').join(' ');
}

/** Failures of a lane that are not over. Held ones may wait in the lane queue or in an execution. */
export function underWayIn({ waiting, inFlight, held = 0 }: LaneRow): number {
  return Math.max(waiting + inFlight, held);
}
