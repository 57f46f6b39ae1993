import { useState } from 'preact/hooks';
import type { Acknowledges, Filter, Incident } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { adviceOn, nextStep } from '../next-step.ts';
import { Acknowledged, AcknowledgedList } from '../parts/acknowledged.tsx';
import { Loading, Problem } from '../parts/basics.tsx';
import { CircuitNow } from '../parts/circuit-now.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { OthersMet } from '../parts/others.tsx';
import { discardWarning, stepsLeftOf } from '../steps-left.ts';
import { count } from '../text.ts';
import { beginRun } from './begin-run.ts';

/** Which dead letters an action is about. */
export interface Chosen {
  readonly lane: string;
  readonly filter: Filter;
  /** The choice, for a button beside it. */
  readonly words: string;
  /** The choice, for who doesn't see it. */
  readonly title: string;
}

interface DialogProps extends Pick<Chosen, 'lane' | 'filter' | 'title'> {
  readonly onClose: () => void;
}

interface Plan extends Partial<Acknowledges> {
  readonly matched: number;
  readonly isWhole: boolean;
  readonly hidden: number;
  /** Without cycles left: the lane parks them. */
  readonly spent: number;
  /** By reason, the most frequent first. */
  readonly counts: Readonly<Record<string, number>>;
  /** Those with completed steps that are still in effect. */
  readonly stepsLeft: readonly string[];
}

const DEFAULT_RATE = 5;
const MAX_RATE = 500;

/** All dead letters of a dependency. */
export function allOf(dependency: string): Pick<Chosen, 'lane' | 'filter' | 'title'> {
  return { lane: dependency, filter: { dependency }, title: `all dead letters of ${dependency}` };
}

/** Counts what a redrive would move and says what it will do, then starts it. */
export function RedriveDialog({ lane, filter, title, onClose }: DialogProps) {
  const { document: plan, problem } = useDocument<Plan>('redrive-plan', { lane, filter });
  const [rate, setRate] = useState(DEFAULT_RATE);
  const isOne = plan?.isWhole && plan.matched <= 1 && plan.hidden === 0;
  return (
    <Confirm
      title={`Redrive ${title}`}
      action="Redrive"
      offBecause={offBecause(plan, problem)}
      onConfirm={(why) => beginRun('redrive', { lane, filter, rate, why })}
      onClose={onClose}
    >
      <OthersMet action="redrive" {...{ lane, filter }} />
      <Problem text={problem} />
      {!plan && !problem && <Loading />}
      {plan && <RedrivePlan plan={plan} lane={lane} />}
      {plan && <Acknowledging plan={plan} action="redrive" lane={lane} filter={filter} />}
      {plan !== undefined && !isOne && (
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
      )}
    </Confirm>
  );
}

function RedrivePlan({ plan, lane }: { readonly plan: Plan; readonly lane: string }) {
  const { matched, isWhole, spent, hidden, counts } = plan;
  const isOne = isWhole && matched === 1;
  return (
    <ul>
      <li>
        {isWhole ? '' : 'At least '}
        {count(matched, 'dead letter')} {matched === 1 ? 'matches' : 'match'}.
      </li>
      {Object.entries(counts).map(([reason, number]) => (
        <li key={reason} class={nextStep(reason) === 'redrive' ? undefined : 'bad'}>
          {number} {reason}: {adviceOn(reason)}.
        </li>
      ))}
      {spent > 0 && <li class="warn">{spent} without cycles left will be parked.</li>}
      {hidden > 0 && <li>Another reader hides {hidden}. The redrive waits for them.</li>}
      <CircuitNow dependency={lane} />
      {!isOne && <li>Those that arrive during the redrive are not part of it.</li>}
    </ul>
  );
}

function offBecause(plan: Plan | undefined, problem: string | undefined): string | undefined {
  if (plan === undefined) return problem === undefined ? 'Counting first…' : 'The count failed.';
  if (plan.matched > 0) return undefined;
  return plan.hidden === 0 ? 'Nothing matches.' : 'Another reader hides some: try again in a minute.';
}

interface AcknowledgingProps {
  readonly plan: Plan;
  readonly action: 'redrive' | 'discard';
  readonly lane: string;
  readonly filter: Filter;
}

function Acknowledging({ plan: { acknowledges, keeps = [] }, action, lane, filter }: AcknowledgingProps) {
  if (action === 'redrive' && acknowledges !== undefined) return <AcknowledgedList of={{ acknowledges, keeps }} />;
  return <Acknowledged by={{ action, dependency: lane, filter }} />;
}

interface DiscardDialogProps extends DialogProps {
  /** Failures among the dead letters that are shown. */
  readonly shown: readonly string[];
}

/** Counts what a discard would delete, warns of completed steps, and starts it. */
export function DiscardDialog({ lane, filter, title, shown, onClose }: DiscardDialogProps) {
  const { document: plan, problem } = useDocument<Plan>('redrive-plan', { lane, filter });
  return (
    <Confirm
      title={`Discard ${title}`}
      action="Discard"
      isFinal
      offBecause={offBecause(plan, problem)}
      onConfirm={(why) => beginRun('discard', { filter, of: title, why })}
      onClose={onClose}
    >
      <OthersMet action="discard" {...{ lane, filter }} />
      <Problem text={problem} />
      {!plan && !problem && <Loading />}
      {plan && (
        <p>
          {plan.isWhole ? '' : 'At least '}
          {count(plan.matched, 'dead letter')}. {plan.isWhole && plan.matched === 1 ? DISCARDS_ONE : DISCARDS_MANY} This
          can't be taken back.
        </p>
      )}
      {plan && <LeftInEffect plan={plan} lane={lane} shown={shown} />}
      {plan && <Acknowledging plan={plan} action="discard" lane={lane} filter={filter} />}
    </Confirm>
  );
}

const DISCARDS_ONE = 'Records its outcome, publishes it, and deletes the dead letter.';
const DISCARDS_MANY = 'Records their outcomes, publishes them, and deletes the dead letters.';

interface LeftInEffectProps {
  readonly plan: Plan;
  readonly lane: string;
  readonly shown: readonly string[];
}

/**
 * Says whose completed steps a discard leaves in effect. The count has read them from the dead letters. Where it has
 * not read all, the incidents know others.
 */
function LeftInEffect({ plan: { stepsLeft, isWhole, hidden }, lane, shown }: LeftInEffectProps) {
  const { document: incidents = [] } = useDocument<readonly Incident[]>('incidents');
  if (isWhole && hidden === 0) return <Problem text={discardWarning(stepsLeft, false)} />;
  const { ids, hasMore } = stepsLeftOf(incidents, lane);
  const known = new Set([...stepsLeft, ...shown.filter((id) => ids.has(id))]);
  return <Problem text={discardWarning([...known], hasMore)} />;
}
