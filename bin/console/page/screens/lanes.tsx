import { useState } from 'preact/hooks';
import { call } from '../call.ts';
import type { LaneRow } from '../documents.ts';
import { addressOf } from '../hooks.ts';
import { Badge } from '../parts/basics.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { Table } from '../parts/table.tsx';
import { ActButton } from '../rights.tsx';

/** A row for each lane. */
export function Lanes({ lanes, onChange }: { readonly lanes: readonly LaneRow[]; readonly onChange: () => void }) {
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
