import { PENDING_INDEX } from '../../contract/ledger-entry.ts';
import type { QuestionedEntry } from '../../domain/ledger/ledger-changes.ts';
import { QUESTION_SHARD } from '../../domain/ledger/pending-shard.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import { indexedKeys } from '../ledger/indexed-keys.ts';
import type { Table } from '../table.ts';

/** Lists failures with an open question, soonest deadline first. */
export async function openQuestions(ledger: Pick<Ledger, 'get'>, table: Table): Promise<readonly QuestionedEntry[]> {
  const sought = { index: PENDING_INDEX, attribute: 'pendingShard', value: QUESTION_SHARD };
  const keys = await indexedKeys(sought, table);
  const entries = await Promise.all(keys.map((key) => ledger.get(key)));
  const asking = entries.flatMap((entry) => {
    const question = entry?.state === 'open' && !entry.undo ? entry.question : undefined;
    return entry && question && !question.answer ? [{ ...entry, question }] : [];
  });
  return asking.sort((a, b) => Date.parse(a.question.until) - Date.parse(b.question.until));
}
