import type { Clock } from '../../contract/time.ts';
import { PENDING_SHARDS, QUESTION_SHARD } from '../../domain/ledger/pending-shard.ts';
import type { CountPorts } from '../../use-cases/ledger/failure-counts.ts';
import type { Table } from '../table.ts';
import { deadCount } from './index-count.ts';
import { entriesOf, pendingKeys } from './listed-failures.ts';
import { shownEntries } from './shown-entries.ts';

/** Most keys of one index partition that are counted. */
const MOST_KEYS = 10_000;
/** Most pages of dead letters of one dependency that are counted. */
const MOST_PAGES = 20;

/** What counts failures, with the permissions of an operator who only looks. */
export function countPorts(table: Table, now: Clock): CountPorts {
  const shards = PENDING_SHARDS.filter((shard) => shard !== QUESTION_SHARD);
  return {
    now,
    pending: () => pendingKeys(table, MOST_KEYS, undefined, shards),
    asked: () => pendingKeys(table, MOST_KEYS, undefined, [QUESTION_SHARD]),
    dead: (dependency) => deadCount(dependency, table, MOST_PAGES),
    entries: (keys) => entriesOf(keys, shownEntries(table)),
  };
}
