import { useState } from 'preact/hooks';
import { call } from '../call.ts';
import type { CircuitRow, Incident, LaneRow, Status } from '../documents.ts';
import { addressOf, type Loaded, useDocument } from '../hooks.ts';
import { Loading, Problem } from '../parts/basics.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { count } from '../text.ts';
import { Circuits } from './circuits.tsx';
import { IncidentList, underWayIn } from './incident-list.tsx';
import { Lanes } from './lanes.tsx';

const EVERY_MS = 3_000;

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
      <IncidentList incidents={incidents.document ?? []} lanes={lanes} onAcknowledge={setAsked} />
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
  const waiting = lanes.reduce((sum, lane) => sum + underWayIn(lane), 0);
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
