import { failureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { signature } from '../../domain/operator/act.ts';
import type { OperatorArguments } from '../../domain/operator/operator-call.ts';
import { maskedAnswer, maskedOperation, wholeOperation } from '../../domain/operator/shown-operation.ts';
import { compensationOf } from '../../domain/undo/compensation.ts';
import { type EditPreview, RefusedError } from './desk.ts';
import type { DeskPorts, Operations } from './desk-ports.ts';
import { editOf } from './edit-of.ts';
import { recorded } from './recorded.ts';
import { revealedOperation } from './revealed-operation.ts';

/** Operations that write nothing, except for the record that something was revealed. */
export const LOOKS: Operations<'view' | 'reveal' | 'check'> = {
  view: async ({ failure, patch }, _, ports) => {
    const entry = await entryOf(failure, ports);
    const { sensitive = [] } = ports.dependencies.get(entry.dependency)?.conflict ?? {};
    return {
      operation: entry.failure && maskedOperation(entry.failure.operation, sensitive, entry.edits),
      answer: entry.answer && maskedAnswer(entry.answer, sensitive),
      compensation: compensationOf(entry),
      edit: patch && previewOf(entry, patch, ports),
    };
  },

  reveal: async ({ failure, patch, name, why }, principal, ports) => {
    const { id, dependency } = failure;
    const { cycle } = await entryOf(failure, ports);
    return recorded(
      { action: 'reveal', dependency, failureId: id, principal, name, why, facts: { cycle } },
      async (by) => {
        const entry = await entryOf(failure, ports);
        if (!entry.failure) throw new RefusedError(`the operation of ${id} is no longer stored`);
        const { operation, undo = [] } = entry.failure;
        const undos = undo.map((step) => ({ ...step, operation: wholeOperation(step.operation) }));
        const edit = patch && previewOf(entry, patch, ports, true);
        const answer = entry.answer && { ...entry.answer };
        return { by, ...(await revealedOperation(operation, ports)), answer, undos, edit };
      },
      ports,
    );
  },

  check: async (_, principal) => ({ by: signature({ principal }) }),
};

async function entryOf(failure: OperatorArguments['view']['failure'], { ledger }: DeskPorts): Promise<LedgerEntry> {
  const entry = await ledger.get(failureKey(failure));
  if (entry) return entry;
  throw new RefusedError(`the ledger has no ${failure.id} of ${failure.dependency}`);
}

function previewOf(
  entry: LedgerEntry,
  patch: OperatorArguments['edit']['patch'],
  ports: DeskPorts,
  isRevealed = false,
): EditPreview {
  const { number, fields, difference } = editOf(entry, patch, ports, isRevealed);
  return { cycle: entry.cycle, number, fields, difference };
}
