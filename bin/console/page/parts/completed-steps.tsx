import type { Letter, UndoneStep } from '../documents.ts';
import { count } from '../text.ts';
import { Badge } from './basics.tsx';
import { Table } from './table.tsx';

const STATES: Readonly<Record<UndoneStep['state'], { readonly tone: 'good' | 'bad' | 'info'; readonly word: string }>> =
  {
    done: { tone: 'good', word: 'undone' },
    skipped: { tone: 'good', word: 'nothing to undo' },
    calling: { tone: 'info', word: 'being undone' },
    open: { tone: 'bad', word: 'not undone yet' },
    failed: { tone: 'bad', word: 'not undone' },
  };

interface CompletedStepsProps {
  readonly letter: Letter;
  /** Whether the failure is a dead letter. Before that, nothing needs to be undone. */
  readonly isDead: boolean;
}

/** Which steps were completed before the failure, and which of them are undone. */
export function CompletedSteps({ letter: { undo, compensation }, isDead }: CompletedStepsProps) {
  if (!undo) return isDead && compensation === 'not-run' ? <NotRun /> : null;
  const left = undo.filter(({ state }) => isInEffect(state)).length;
  return (
    <section class="card" aria-label="Completed steps">
      <h2>Completed steps</h2>
      <p class={left > 0 ? 'bad' : undefined}>
        {left === 0
          ? 'All of them are undone.'
          : `${left} of ${count(undo.length, 'step')} ${left === 1 ? 'is' : 'are'} still in effect.`}
      </p>
      <Table caption="Undo of each step" head={['Step', 'Dependency', 'Undo', 'Why not', 'Attempts']}>
        {undo.map(({ name, dependency, state, because, rule, statusCode, attempts }, index) => (
          <tr key={index}>
            <th scope="row">{name}</th>
            <td>{dependency}</td>
            <td>
              <Badge tone={STATES[state].tone}>{STATES[state].word}</Badge>
            </td>
            <td>{isInEffect(state) && whyNot(because, statusCode, rule)}</td>
            <td>{attempts}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function isInEffect(state: UndoneStep['state']): boolean {
  return STATES[state].tone !== 'good';
}

function whyNot(because: string | undefined, statusCode: number | undefined, rule: string | undefined): string {
  return [because, statusCode === undefined ? undefined : `HTTP ${statusCode}`, rule].filter(Boolean).join(', ');
}

/** Marks dead letters with completed steps that are still in effect. */
export function StepsLeftBadge({ count }: { readonly count?: number }) {
  return <Badge tone="bad">undo incomplete{count !== undefined && `: ${count}`}</Badge>;
}

function NotRun() {
  return (
    <section class="card" aria-label="Completed steps">
      <h2>Completed steps</h2>
      <p class="bad">Completed steps are not undone: their undo has not begun.</p>
    </section>
  );
}
