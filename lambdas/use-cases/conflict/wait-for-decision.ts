import { DecidedError, GaveUpError, InternalError } from '../../contract/errors.ts';
import { type FailureRef, isOver, mustGet } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { DecisionNotes, QuestionedEntry } from './decisions.ts';

/**
 * Stores the task token by which the answer wakes the execution. The execution then waits as long as the question
 * lasts.
 *
 * @throws DecidedError if the question is answered already, or the failure has its outcome
 * @throws GaveUpError if the question has expired
 */
export async function waitForDecision(
  ref: FailureRef,
  token: string,
  { ledger, notes }: { readonly ledger: Ledger; readonly notes: DecisionNotes },
): Promise<void> {
  const entry = await mustGet(ref.id, ledger);
  const { question } = entry;
  if (isOver(entry, ref) || question?.answer) throw new DecidedError('nothing to wait for');
  if (!question) throw new InternalError('the ledger has no question');
  if (ledger.now >= Date.parse(question.until)) throw new GaveUpError('no-decision');
  const asking: QuestionedEntry = { ...entry, question };
  // An operator answered between the read and the write.
  if (!(await notes.keepToken(asking, token))) throw new DecidedError('nothing to wait for any more');
}
