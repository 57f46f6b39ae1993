import { useState } from 'preact/hooks';
import { isDeadLetterReason } from '../../../../lambdas/contract/reasons.ts';
import { DEAD_LETTER_ADVICE } from '../../../../lambdas/domain/escalation/dead-letter-advice.ts';
import type { Acknowledges, CircuitRow, Filter } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { Acknowledged, AcknowledgedList } from '../parts/acknowledged.tsx';
import { Loading, Problem } from '../parts/basics.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { count } from '../text.ts';
import { beginRun } from './runs.tsx';

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
  const { document: circuits = [] } = useDocument<readonly CircuitRow[]>('circuits');
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
      <Problem text={problem} />
      {!plan && !problem && <Loading />}
      {plan && <RedrivePlan plan={plan} block={circuits.find((row) => blocks(row, lane))} />}
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

function RedrivePlan({ plan, block }: { readonly plan: Plan; readonly block: CircuitRow | undefined }) {
  const { matched, isWhole, spent, hidden, counts } = plan;
  const isOne = isWhole && matched === 1;
  return (
    <ul>
      <li>
        {isWhole ? '' : 'At least '}
        {count(matched, 'dead letter')} {matched === 1 ? 'matches' : 'match'}.
      </li>
      {Object.entries(counts).map(([reason, number]) => (
        <li key={reason} class={redriveHelps(reason) ? undefined : 'bad'}>
          {number} {reason}: {adviceOn(reason)}.
        </li>
      ))}
      {spent > 0 && <li class="warn">{spent} without cycles left will be parked.</li>}
      {hidden > 0 && <li>Another reader hides {hidden}. The redrive waits for them.</li>}
      {block && (
        <li class="warn">
          The circuit of {block.circuit} is {block.state}. The redrive waits until it lets calls pass.
        </li>
      )}
      {!isOne && <li>Those that arrive during the redrive are not part of it.</li>}
      {!block && <li>It pauses by itself while the circuit is open.</li>}
    </ul>
  );
}

function blocks({ circuit, state }: CircuitRow, lane: string): boolean {
  return circuit === lane && (state === 'open' || state === 'half-open' || state === 'forced-open');
}

function redriveHelps(reason: string): boolean {
  return !isDeadLetterReason(reason) || DEAD_LETTER_ADVICE[reason].redrive;
}

/** What to do before a redrive of dead letters with a reason, without a full stop. */
function adviceOn(reason: string): string {
  return isDeadLetterReason(reason) ? DEAD_LETTER_ADVICE[reason].action : 'see the runbook first';
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

export function DiscardDialog({ lane, filter, title, onClose }: DialogProps) {
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
      <Problem text={problem} />
      {!plan && !problem && <Loading />}
      {plan && (
        <p>
          {plan.isWhole ? '' : 'At least '}
          {count(plan.matched, 'dead letter')}. Records their outcome, publishes it, and deletes them. This can't be
          taken back.
        </p>
      )}
      {plan && <Acknowledging plan={plan} action="discard" lane={lane} filter={filter} />}
    </Confirm>
  );
}
