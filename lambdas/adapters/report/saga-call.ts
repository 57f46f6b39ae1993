import { hash } from 'node:crypto';
import type { Attempted, ReportedStep } from '../../domain/report/report-detail.ts';
import { stepCallId } from '../../domain/report/report-id.ts';
import { isRead } from '../../domain/undo/possible-effect.ts';
import type { BegunStep, Place, SagaCall } from './saga-position.ts';

/** A call at a place in a saga. */
export function sagaCall(here: Place, { dependency, operation }: Attempted): SagaCall {
  const { order, step, steps } = here;
  const around = [here];
  for (let at = here.outer; at; at = at.outer) around.unshift(at);
  // The innermost undo there is covers the call itself.
  const own = around.findLast((at) => at.step.undo)?.step;
  const call = {};
  const begun = () => [...new Set(around.flatMap((at) => at.steps))];
  const mayBeDone = ({ effects }: BegunStep) => effects.size > (effects.has(call) ? 1 : 0);
  return {
    order,
    defaultId() {
      const { calls } = steps.find(({ name }) => name === step.name) ?? step;
      const digest = digestOf([dependency, { ...operation, headers: undefined }]);
      const index = calls.indexOf(digest);
      return stepCallId(order, step.name, index < 0 ? calls.push(digest) : index + 1);
    },
    leaves() {
      if (isRead(operation.method ?? 'POST')) return;
      for (const at of around) at.step.effects.add(call);
    },
    isOver() {
      for (const at of around) at.step.effects.delete(call);
    },
    isHalfDone: () => begun().some((one) => one.hasUndo && mayBeDone(one)),
    undo: () =>
      begun().flatMap((one): ReportedStep[] => {
        const undo = one.undo && { name: one.name, ...one.undo };
        if (undo && mayBeDone(one)) return [undo];
        return undo && one === own ? [{ ...undo, undoes: 'operation' }] : [];
      }),
  };
}

/** A digest, because a body may have megabytes, and the saga keeps what it has of each call. */
function digestOf(call: unknown): string {
  try {
    return hash('sha256', JSON.stringify(call));
  } catch {
    // A body that can't be JSON: `checked` refuses the call.
    return '';
  }
}
