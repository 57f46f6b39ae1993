import { NotYetError } from '../../contract/errors.ts';
import { failureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { backupKey } from '../../domain/ledger/effect-key.ts';
import type { Effects } from './effects.ts';
import { mustGet } from './failure-ref.ts';
import type { Ledger } from './ledger.ts';

interface UnsentPorts {
  readonly ledger: Pick<Ledger, 'now' | 'get' | 'withdrawBackupCall'>;
  readonly effects: Pick<Effects, 'read'>;
}

/**
 * Withdraws the announcement of a change that was never sent, although a process that was cut off could not. The
 * effects table proves that: no call leaves without a mark, and none begins after its lease.
 *
 * @returns the entry, which has no announcement any more if the change was not sent
 * @throws NotYetError until the lease is over
 */
export async function withdrawUnsentChange(entry: LedgerEntry, { ledger, effects }: UnsentPorts): Promise<LedgerEntry> {
  const { backupCalled, backupUntil } = entry;
  if (backupCalled === undefined || backupUntil === undefined) return entry;
  if ((await effects.read(backupKey(entry, backupCalled))).kind !== 'none') return entry;
  const until = Date.parse(backupUntil);
  if (ledger.now < until) throw new NotYetError(until);
  await ledger.withdrawBackupCall(entry);
  return mustGet(failureKey(entry), ledger);
}
