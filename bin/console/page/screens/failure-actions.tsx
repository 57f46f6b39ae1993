import { useState } from 'preact/hooks';
import { hasStepsLeft } from '../../../../lambdas/contract/compensation.ts';
import type { Letter, Story } from '../documents.ts';
import { nextStep } from '../next-step.ts';
import { Acknowledged } from '../parts/acknowledged.tsx';
import { Loading, Problem } from '../parts/basics.tsx';
import { CircuitNow } from '../parts/circuit-now.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { EditOperation } from '../parts/edit-operation.tsx';
import { OthersMet } from '../parts/others.tsx';
import { ActButton } from '../rights.tsx';
import { discardWarning } from '../steps-left.ts';
import { beginRun } from './begin-run.ts';

/** Dead letters a second, after the ramp-up. One failure needs no choice. */
const RATE = 5;

interface DeadLetterProps {
  readonly named: Pick<Story, 'id' | 'dependency' | 'tenant'>;
  readonly reason: string | undefined;
  readonly letter: Letter | undefined;
  /** Whether the tool has answered. */
  readonly isKnown: boolean;
  readonly onChange: () => void;
}

/** What to do with one dead letter. */
export function DeadLetter({ named, reason, letter, isKnown, onChange }: DeadLetterProps) {
  const [asked, setAsked] = useState<'redrive' | 'discard' | 'edit'>();
  const step = nextStep(reason, letter && hasStepsLeft(letter));
  const close = () => {
    setAsked(undefined);
    onChange();
  };
  return (
    <section class="card" aria-label="Dead letter">
      <h2>What to do</h2>
      {letter ? letter.advice && <p>{letter.advice.text}</p> : <Loading />}
      <div class="buttons">
        <ActButton class={step === 'redrive' ? 'primary' : undefined} onClick={() => setAsked('redrive')}>
          Redrive
        </ActButton>
        <ActButton
          class={step === 'edit' ? 'primary' : undefined}
          onClick={() => setAsked('edit')}
          disabled={!letter?.operation}
        >
          Edit
        </ActButton>
        <ActButton class="danger" onClick={() => setAsked('discard')}>
          Discard
        </ActButton>
      </div>
      {asked === 'redrive' && <RedriveOne {...named} onClose={close} />}
      {asked === 'discard' && <DiscardOne {...named} {...{ letter, isKnown }} onClose={close} />}
      {asked === 'edit' && letter?.operation && (
        <EditOperation named={named} operation={letter.operation} onClose={close} />
      )}
    </section>
  );
}

type OneProps = DeadLetterProps['named'] & { readonly onClose: () => void };

function RedriveOne({ id, dependency, tenant = '', onClose }: OneProps) {
  const filter = { ids: [id], dependency, tenant };
  return (
    <Confirm
      title={`Redrive ${id}`}
      action="Redrive"
      onConfirm={(why) => beginRun('redrive', { lane: dependency, filter, rate: RATE, why })}
      onClose={onClose}
    >
      <OthersMet action="redrive" lane={dependency} filter={filter} />
      <ul>
        <li>Its next cycle starts in the lane of {dependency}.</li>
        <CircuitNow dependency={dependency} />
      </ul>
      <Acknowledged by={{ action: 'redrive', dependency, filter }} />
    </Confirm>
  );
}

type DiscardOneProps = OneProps & Pick<DeadLetterProps, 'letter' | 'isKnown'>;

function DiscardOne({ id, dependency, tenant = '', letter, isKnown, onClose }: DiscardOneProps) {
  const filter = { ids: [id], dependency, tenant };
  return (
    <Confirm
      title={`Discard ${id}`}
      action="Discard"
      isFinal
      offBecause={isKnown ? undefined : 'Looking at its completed steps first…'}
      onConfirm={(why) => beginRun('discard', { filter, of: id, why })}
      onClose={onClose}
    >
      <OthersMet action="discard" lane={dependency} filter={filter} />
      <p>Records the outcome, publishes it, and deletes the dead letter. This can't be taken back.</p>
      {letter && <Problem text={discardWarning(hasStepsLeft(letter) ? [id] : [], false)} />}
      <Acknowledged by={{ action: 'discard', dependency, filter }} />
    </Confirm>
  );
}
