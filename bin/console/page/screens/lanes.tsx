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
          <Row key={lane.lane} of={lane} onTurn={() => setAsked(lane)} />
        ))}
      </Table>
      {asked && (
        <TurnLane
          of={asked}
          onClose={() => {
            setAsked(undefined);
            onChange();
          }}
        />
      )}
    </>
  );
}

function Row({ of, onTurn }: { readonly of: LaneRow; readonly onTurn: () => void }) {
  const { lane, paused, counts, inFlight, held = 0, unclaimed, waiting, deadLetters, outcomes } = of;
  const dead = deadLettersOf(of);
  return (
    <tr>
      <th scope="row">
        <a href={addressOf('failures', { dependency: lane })}>{lane}</a> {paused && <Badge tone="info">paused</Badge>}
      </th>
      <td>{shownCount(counts ? counts.running + counts.undoing : inFlight)}</td>
      <td>{shownCount(counts?.held ?? held)}</td>
      <td>{shownCount(unclaimed ?? waiting, 'about ')}</td>
      <td>
        {dead === 0 ? (
          shownCount(counts?.dead ?? deadLetters)
        ) : (
          <a href={addressOf('letters', { dependency: lane })}>{shownCount(dead)}</a>
        )}
      </td>
      <td>
        {Object.entries(outcomes)
          .map(([outcome, times]) => `${times} ${outcome}`)
          .join(', ')}
      </td>
      <td>
        <ActButton onClick={onTurn}>
          {paused ? 'Resume' : 'Pause'}
          <span class="hidden"> {lane}</span>
        </ActButton>
      </td>
    </tr>
  );
}

/** Pauses or resumes a lane. */
function TurnLane({ of: { lane, paused }, onClose }: { readonly of: LaneRow; readonly onClose: () => void }) {
  const action = paused ? 'Resume' : 'Pause';
  return (
    <Confirm
      title={`${action} the lane of ${lane}`}
      action={action}
      onConfirm={(why) => call('turn-lane', { lane, paused: !paused, why })}
      onClose={onClose}
    >
      <p>
        {paused
          ? 'Its worker takes failures from the lane queue again.'
          : 'New failures wait in the lane queue. SQS deletes them after 4 days.'}
      </p>
      <Acknowledged by={{ action: 'lane', dependency: lane }} />
    </Confirm>
  );
}

/** A count, or a question mark where AWS did not tell it. SQS counts its messages only about. */
function shownCount(number: number | undefined, about = ''): string {
  if (number === undefined) return '?';
  return number === 0 ? '0' : `${about}${number.toLocaleString('en')}`;
}
