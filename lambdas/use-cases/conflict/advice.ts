import type { Current, Ours } from '../../shared/conflict/compare.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';

/** What a team's own function says of a conflict. */
export type Advice =
  | { readonly resolution: 'ours' | 'theirs' | 'ask' }
  /** `body`: the whole state that is to be. */
  | { readonly resolution: 'merged'; readonly body: unknown };

export type AskResolver = (entry: LedgerEntry, ours: Ours, current: Current) => Promise<Advice>;
