import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UndoStep } from '../../../../lambdas/contract/failure.ts';
import type { StepProgress } from '../../../../lambdas/contract/undo-progress.ts';
import { initialProgress, nextStep } from '../../../../lambdas/domain/undo/undo-plan.ts';
import { NOW, sampleEntry, sampleFailure } from '../../../support/samples.ts';
import { step } from '../../../support/undo-scene.ts';

const UNDO_START = { reason: 'exhausted', now: NOW, deadlineMs: 1_000 } as const;

/** Up to 50 steps and their ends. One step may undo the operation. */
const stories = fc
  .record({
    ends: fc.array(fc.constantFrom<StepProgress['state']>('done', 'failed'), { minLength: 1, maxLength: 50 }),
    ofOperation: fc.nat(99),
    possibleEffect: fc.boolean(),
  })
  .map(({ ends, ofOperation, possibleEffect }) => {
    const undoes = (index: number) => (index === ofOperation ? 'operation' : 'completed-step');
    const undo: readonly UndoStep[] = ends.map((_, index) => step(`${index}`, { undoes: undoes(index) }));
    const verdict = { ...sampleEntry().verdict, effect: 'none' } as const;
    const failure = sampleFailure({ undo, operation: { method: 'POST', path: '/' } });
    return { ends, ofOperation, possibleEffect, entry: sampleEntry({ verdict, possibleEffect, failure }) };
  });

describe('every undo', () => {
  it('comes to each step once, backwards, the operation first; and a failed one stops none', () => {
    fc.assert(
      fc.property(stories, ({ ends, ofOperation, possibleEffect, entry }) => {
        const steps = entry.failure?.undo ?? [];
        let undo = { ...initialProgress(entry, UNDO_START), version: '' };
        const visited: number[] = [];
        for (let next = nextStep(steps, undo); next !== undefined; next = nextStep(steps, undo)) {
          const { name, dependency } = step(`${next}`);
          visited.push(next);
          const ended = { name, dependency, state: ends[next] ?? 'done', attempts: 1 };
          undo = { ...undo, steps: undo.steps.with(next, ended) };
        }
        const completed = ends.map((_, index) => index).filter((index) => index !== ofOperation);
        const operation = possibleEffect && ofOperation < ends.length ? [ofOperation] : [];
        expect(visited).toEqual([...operation, ...completed.reverse()]);
      }),
    );
  });

  it('takes up again, in a later cycle, all that is not undone, and nothing else', () => {
    fc.assert(
      fc.property(stories, ({ ends, entry }) => {
        const steps = ends.map((state, index) => ({ ...step(`${index}`), state, attempts: 3 }));
        const before = { ...initialProgress(entry, UNDO_START), version: '', steps };
        const again = initialProgress({ ...entry, cycle: 2, possibleEffect: true, undo: before }, UNDO_START);
        expect(again.cycle).toBe(2);
        for (const [index, end] of ends.entries()) {
          expect(again.steps[index]?.state).toBe(end === 'done' ? 'done' : 'open');
          expect(again.steps[index]?.attempts).toBe(end === 'done' ? 3 : 0);
        }
      }),
    );
  });
});
