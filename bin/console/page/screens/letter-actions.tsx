import { useState } from 'preact/hooks';
import { call } from '../call.ts';
import type { Filter } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { Loading, Problem } from '../parts/basics.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { count } from '../text.ts';

/** Which dead letters an action is about. */
export interface Chosen {
  readonly lane: string;
  readonly filter: Filter;
  /** The choice, for a button beside it. */
  readonly words: string;
  /** The choice, for who doesn't see it. */
  readonly title: string;
}

interface DialogProps extends Chosen {
  readonly onClose: () => void;
}

interface Plan {
  readonly matched: number;
  readonly isWhole: boolean;
  readonly hidden: number;
  /** Without cycles left: the lane parks them. */
  readonly spent: number;
  readonly counts: Readonly<Record<string, number>>;
}

const DEFAULT_RATE = 5;
const MAX_RATE = 500;

/** Counts what a redrive would move, then starts it. */
export function RedriveDialog({ lane, filter, title, onClose }: DialogProps) {
  const { document: plan, problem } = useDocument<Plan>('redrive-plan', { lane, filter });
  const [rate, setRate] = useState(DEFAULT_RATE);
  return (
    <Confirm
      title={`Redrive ${title}`}
      action="Redrive"
      isOff={plan === undefined || plan.matched === 0}
      onConfirm={(why) => call('redrive', { lane, filter, rate, why })}
      onClose={onClose}
    >
      <Problem text={problem} />
      {!plan && !problem && <Loading />}
      {plan && (
        <ul>
          <li>
            {plan.isWhole ? '' : 'At least '}
            {count(plan.matched, 'dead letter')} {plan.matched === 1 ? 'matches' : 'match'}.
          </li>
          {plan.spent > 0 && <li>{plan.spent} without cycles left will be parked.</li>}
          {plan.hidden > 0 && <li>Another reader hides {plan.hidden}. The redrive waits for them.</li>}
          <li>Those that arrive during the redrive are not part of it.</li>
          <li>It pauses by itself while the circuit is open.</li>
        </ul>
      )}
      <label>
        Dead letters a second, 0.1 to 500
        <input
          type="number"
          min={0.1}
          max={MAX_RATE}
          step="any"
          value={rate}
          onInput={(event) => setRate(event.currentTarget.valueAsNumber)}
        />
      </label>
    </Confirm>
  );
}

export function DiscardDialog({ lane, filter, title, onClose }: DialogProps) {
  const { document: plan, problem } = useDocument<Plan>('redrive-plan', { lane, filter });
  return (
    <Confirm
      title={`Discard ${title}`}
      action="Discard"
      isFinal
      isOff={plan === undefined || plan.matched === 0}
      onConfirm={(why) => call('discard', { filter, of: title, why })}
      onClose={onClose}
    >
      <Problem text={problem} />
      {!plan && !problem && <Loading />}
      {plan && (
        <p>
          {plan.isWhole ? '' : 'At least '}
          {count(plan.matched, 'dead letter')}. Records their outcome, publishes it, and deletes them. This can't be
          taken back.
        </p>
      )}
    </Confirm>
  );
}
