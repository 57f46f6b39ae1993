import { DecidedError, InternalError } from '../../contract/errors.ts';
import type { QuestionedEntry } from '../../domain/ledger/ledger-changes.ts';
import { type FailureRef, isOver, mustGet } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';

/**
 * Stores the task token by which the answer wakes the execution. The execution then waits as long as the question
 * lasts.
 *
 * @throws DecidedError if the question is answered already or has expired, or the failure has its outcome
 */
export async function waitForDecision(
  ref: FailureRef,
  token: string,
  ledger: Pick<Ledger, 'now' | 'get' | 'storeTaskToken'>,
): Promise<void> {
  const entry = await mustGet(ref.key, ledger);
  const { question } = entry;
  if (isOver(entry, ref) || question?.answer) throw new DecidedError('nothing to wait for');
  if (!question) throw new InternalError('the ledger has no question');
  if (ledger.now >= Date.parse(question.until)) throw new DecidedError('nobody answered in time');
  const asking: QuestionedEntry = { ...entry, question };
  // An operator answered between the read and the write.
  if (!(await ledger.storeTaskToken(asking, token))) throw new DecidedError('nothing to wait for any more');
}
