import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Edit } from '../../domain/redrive/edit-operation.ts';

/** What an operator can change of a failure that is dead-lettered, each by one conditional write. */
export interface SettledChanges {
  /** False where the failure has moved on since it was read. */
  edit(entry: LedgerEntry, edit: Edit, who: Who): Promise<boolean>;
  /** Ends it for good, and tells of it by the outbox. False where it has moved on, or its last outcome has not been told yet. */
  discard(entry: LedgerEntry, who: Who): Promise<boolean>;
}

export interface Who {
  readonly by: string;
  readonly why: string;
}
