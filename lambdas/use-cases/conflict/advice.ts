import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Current, Ours } from '../../domain/conflict/compare.ts';

/** Answer of your resolver function. */
export type Advice =
  | { readonly resolution: 'ours' | 'theirs' | 'ask' }
  /** `body`: the whole merged state. */
  | { readonly resolution: 'merged'; readonly body: unknown };

export type AskResolver = (entry: LedgerEntry, ours: Ours, current: Current) => Promise<Advice>;
