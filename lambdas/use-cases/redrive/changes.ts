import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Edit } from '../../domain/redrive/edit-operation.ts';

/** Changes that an operator can make to a dead-lettered failure. Each is one conditional write. */
export interface SettledChanges {
  /** Stores an edited operation. False if the failure has changed since it was read. */
  edit(entry: LedgerEntry, edit: Edit, who: Who): Promise<boolean>;
  /** Settles the failure as `discarded`, with its event. False if it has changed or its last event is unpublished. */
  discard(entry: LedgerEntry, who: Who): Promise<boolean>;
}

export interface Who {
  readonly by: string;
  readonly why: string;
}
