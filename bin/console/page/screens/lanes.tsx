import { useState } from 'preact/hooks';
import { addressOf } from '../address.ts';
import { call } from '../call.ts';
import type { LaneRow } from '../documents.ts';
import { Acknowledged } from '../parts/acknowledged.tsx';
import { Badge } from '../parts/basics.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { Table } from '../parts/table.tsx';
import { ActButton } from '../rights.tsx';
import { deadLettersOf } from '../situation.ts';

/** A row for each lane. */
export function Lanes({ lanes, onChange }: { readonly lanes: readonly LaneRow[]; readonly onChange: () => void }) {
  const [asked, setAsked] = useState<LaneRow>();
  return (
    <>
      <Table caption="Lanes" head={['Lane', 'Under way', 'Held', 'Not taken yet', 'Dead letters', 'Last hour', '']}>
        {lanes.map((lane) => (
          <tr key={lane.lane}>
            <th scope="row">
              <a href={addressOf('failures', { dependency: lane.lane })}>{lane.lane}</a>{' '}
              {lane.paused && <Badge tone="info">paused</Badge>}
            </th>
            <td>{shownCount(lane.counts ? lane.counts.running + lane.counts.undoing : lane.inFlight)}</td>
            <td>{shownCount(lane.counts?.held ?? lane.held ?? 0)}</td>
            <td>{shownCount(lane.unclaimed ?? lane.waiting, 'about ')}</td>
            <td>
              {deadLettersOf(lane) === 0 ? (
                shownCount(lane.counts?.dead ?? lane.deadLetters)
              ) : (
                <a href={addressOf('letters', { dependency: lane.lane })}>{shownCount(deadLettersOf(lane))}</a>
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
          <Acknowledged by={{ action: 'lane', dependency: asked.lane }} />
        </Confirm>
      )}
    </>
  );
}

/** A count, or a question mark where AWS did not tell it. SQS counts its messages only about. */
function shownCount(number: number | undefined, about = ''): string {
  if (number === undefined) return '?';
  return number === 0 ? '0' : `${about}${number.toLocaleString('en')}`;
}
