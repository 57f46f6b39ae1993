import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { CurrentState, RefusedWrite } from '../../domain/conflict/compare.ts';

/** What a team's own function says of a conflict. */
export type Advice =
  | { readonly resolution: 'ours' | 'theirs' | 'ask' }
  /** `body`: the whole state that is to be. */
  | { readonly resolution: 'merged'; readonly body: unknown };

export type AskResolver = (entry: LedgerEntry, ours: RefusedWrite, current: CurrentState) => Promise<Advice>;
