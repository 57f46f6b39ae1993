import type { JsonText } from '../../contract/json-text.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { CurrentState, RefusedWrite } from '../../domain/conflict/compare.ts';

/** Answer of your resolver function. */
export type Advice =
  | { readonly resolution: 'ours' | 'theirs' | 'ask' }
  /** `body`: the whole merged state. */
  | { readonly resolution: 'merged'; readonly body: JsonText };

export type AskResolver = (entry: LedgerEntry, ours: RefusedWrite, current: CurrentState) => Promise<Advice>;
