import { useState } from 'preact/hooks';
import { call } from '../call.ts';
import type { CircuitRow, Incident, LaneRow, Status } from '../documents.ts';
import { addressOf, type Loaded, useDocument } from '../hooks.ts';
import { Age, Badge, Loading, Meter, Problem } from '../parts/basics.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { Table } from '../parts/table.tsx';
import { ActButton } from '../rights.tsx';
import { count } from '../text.ts';

const EVERY_MS = 3_000;

/** Cause of the incidents that end with a decision. */
const DECISION_NEEDED = 'decision-needed';

/** What is wrong, what Backstop does about it, and whether a human is needed. */
export function Now({ status }: { readonly status: Loaded<Status> }) {
  const incidents = useDocument<readonly Incident[]>('incidents', {}, EVERY_MS);
  const circuits = useDocument<readonly CircuitRow[]>('circuits', {}, EVERY_MS);
  const [asked, setAsked] = useState<string>();
  if (!status.document) return status.problem ? <Problem text={status.problem} /> : <Loading />;
  const { lanes, alarms, questions, queues } = status.document;
  return (
    <>
      <Problem text={status.problem ?? incidents.problem ?? circuits.problem} />
      <Headline incidents={incidents.document} lanes={lanes} questions={questions} alarms={alarms} />
      <IncidentList
        incidents={incidents.document ?? []}
        lanes={lanes}
        circuits={circuits.document ?? []}
        onAcknowledge={setAsked}
      />
      <h2>Circuits</h2>
      <Circuits circuits={circuits.document ?? []} onChange={circuits.refresh} />
      <h2>Lanes</h2>
      <Lanes lanes={lanes} onChange={status.refresh} />
      <p class="quiet">
        {[
          ['rejected events', queues.Rejects],
          ['last resort', queues.LastResort],
          ['parked', queues.Parked],
          ['undelivered alerts', queues.AlertDeadLetters],
        ]
          .map(([name, waiting]) => `${name}: ${waiting ?? '?'}`)
          .join(' · ')}
      </p>
      {asked !== undefined && (
        <Confirm
          title={`Acknowledge the incidents of ${asked}`}
          action="Acknowledge"
          onConfirm={(why) => call('acknowledge', { dependency: asked, why })}
          onClose={() => {
            setAsked(undefined);
            incidents.refresh();
          }}
        >
          <p>Nobody else is paged for them. Paging services learn of it within seconds.</p>
        </Confirm>
      )}
    </>
  );
}

interface HeadlineProps {
  readonly incidents: readonly Incident[] | undefined;
  readonly lanes: readonly LaneRow[];
  readonly questions: number;
  readonly alarms: readonly string[];
}

function Headline({ incidents = [], lanes, questions, alarms }: HeadlineProps) {
  const open = incidents.filter(({ state }) => state === 'open');
  const isUrgent = open.some(({ priority }) => priority === 'P1');
  const waiting = lanes.reduce((sum, lane) => sum + lane.waiting + lane.inFlight, 0);
  const letters = lanes.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  const needed = open.length + questions > 0;
  return (
    <section class={`headline ${isUrgent ? 'bad' : needed || alarms.length > 0 ? 'warn' : 'good'}`}>
      <h1>{isUrgent ? 'Act now' : needed ? 'A human is needed, but not at once' : 'Nobody needs to act'}</h1>
      <p>
        {count(open.length, 'open incident')} · {count(waiting, 'failure')} under way · {count(letters, 'dead letter')}{' '}
        ·{' '}
        {questions > 0 ? <a href={addressOf('decisions')}>{count(questions, 'open decision')}</a> : 'no open decisions'}
      </p>
      {alarms.length > 0 && <p>In alarm: {alarms.join(', ')}</p>}
    </section>
  );
}

interface IncidentListProps {
  readonly incidents: readonly Incident[];
  readonly lanes: readonly LaneRow[];
  readonly circuits: readonly CircuitRow[];
  readonly onAcknowledge: (dependency: string) => void;
}

function IncidentList({ incidents, lanes, circuits, onAcknowledge }: IncidentListProps) {
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

const TONES = {
  closed: 'good',
  open: 'bad',
  'half-open': 'warn',
  recovering: 'warn',
  'forced-open': 'bad',
  'forced-closed': 'info',
} as const;

type Asked = { readonly circuit: string; readonly to: 'open' | 'close' | 'auto' };

function Circuits({ circuits, onChange }: { readonly circuits: readonly CircuitRow[]; readonly onChange: () => void }) {
  const [asked, setAsked] = useState<Asked>();
  return (
    <>
      <ul class="tiles" aria-label="Circuits">
        {circuits.map(({ circuit, state, since, meaning, share, by }) => (
          <li key={circuit} class={`card tile ${TONES[state]}`}>
            <div class="row">
              <strong>{circuit}</strong>
              <Badge tone={TONES[state]}>{state}</Badge>
            </div>
            <p>{meaning}</p>
            {since !== undefined && (
              <p class="quiet">
                for <Age at={since} />
              </p>
            )}
            {share !== undefined && <Meter share={share} label={`Share of calls to ${circuit} that may pass`} />}
            <div class="buttons">
              {by === undefined ? (
                <>
                  <ActButton onClick={() => setAsked({ circuit, to: 'open' })}>Force open</ActButton>
                  <ActButton onClick={() => setAsked({ circuit, to: 'close' })}>Force closed</ActButton>
                </>
              ) : (
                <ActButton onClick={() => setAsked({ circuit, to: 'auto' })}>Back to automatic</ActButton>
              )}
            </div>
          </li>
        ))}
      </ul>
      {asked && (
        <ForceCircuit
          {...asked}
          onClose={() => {
            setAsked(undefined);
            onChange();
          }}
        />
      )}
    </>
  );
}

function ForceCircuit({ circuit, to, onClose }: Asked & { readonly onClose: () => void }) {
  const [length, setLength] = useState('1h');
  const effects = {
    open: 'No call passes. Failures wait and lose no attempt.',
    close: 'Every call passes, however many fail.',
    auto: 'The circuit decides by itself again.',
  };
  return (
    <Confirm
      title={
        to === 'auto'
          ? `Release the circuit of ${circuit}`
          : `Force the circuit of ${circuit} ${to === 'open' ? 'open' : 'closed'}`
      }
      action={to === 'auto' ? 'Release' : 'Force'}
      onConfirm={(why) =>
        to === 'auto'
          ? call('release-circuit', { circuit, why })
          : call('force-circuit', { circuit, to, for: length, why })
      }
      onClose={onClose}
    >
      <p>{effects[to]}</p>
      {to !== 'auto' && (
        <label>
          For how long, such as 30m, 2h or 1d
          <input
            value={length}
            pattern="\d+[smhd]"
            required
            onInput={(event) => setLength(event.currentTarget.value)}
          />
        </label>
      )}
    </Confirm>
  );
}

function Lanes({ lanes, onChange }: { readonly lanes: readonly LaneRow[]; readonly onChange: () => void }) {
  const [asked, setAsked] = useState<LaneRow>();
  return (
    <>
      <Table caption="Lanes" head={['Lane', 'Waiting', 'Held', 'In flight', 'Dead letters', 'Last hour', '']}>
        {lanes.map((lane) => (
          <tr key={lane.lane}>
            <th scope="row">
              <a href={addressOf('failures', { dependency: lane.lane })}>{lane.lane}</a>{' '}
              {lane.paused && <Badge tone="info">paused</Badge>}
            </th>
            <td>{lane.waiting}</td>
            <td>{lane.held ?? 0}</td>
            <td>{lane.inFlight}</td>
            <td>
              {lane.deadLetters === 0 ? (
                0
              ) : (
                <a href={addressOf('letters', { dependency: lane.lane })}>{lane.deadLetters}</a>
              )}
            </td>
            <td>
              {Object.entries(lane.outcomes)
                .map(([outcome, times]) => `${times} ${outcome}`)
                .join(', ')}
            </td>
            <td>
              <ActButton onClick={() => setAsked(lane)}>
                {lane.paused ? 'Resume' : 'Pause'}
                <span class="hidden"> {lane.lane}</span>
              </ActButton>
            </td>
          </tr>
        ))}
      </Table>
      {asked && (
        <Confirm
          title={`${asked.paused ? 'Resume' : 'Pause'} the lane of ${asked.lane}`}
          action={asked.paused ? 'Resume' : 'Pause'}
          onConfirm={(why) => call('turn-lane', { lane: asked.lane, paused: !asked.paused, why })}
          onClose={() => {
            setAsked(undefined);
            onChange();
          }}
        >
          <p>
            {asked.paused
              ? 'Its worker takes failures from the lane queue again.'
              : 'New failures wait in the lane queue. SQS deletes them after 4 days.'}
          </p>
        </Confirm>
      )}
    </>
  );
}
