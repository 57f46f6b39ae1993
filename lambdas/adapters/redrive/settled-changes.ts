import { DAY_MS, iso } from '../../contract/time.ts';
import { writeFailure } from '../../domain/boundary/failure-json.ts';
import { outcomeEvent } from '../../domain/ledger/outcome-event.ts';
import { pendingShardOf } from '../../domain/ledger/pending-shard.ts';
import type { SettledChanges } from '../../use-cases/redrive/changes.ts';
import { settledWriter } from '../ledger/conditional-writer.ts';
import type { TimedTable } from '../table.ts';

interface SettledChangesOptions extends TimedTable {
  /** How long an event may wait in the outbox before the reconciler publishes it, in milliseconds. */
  readonly reconcileAfterMs: number;
}

const UNCHANGED = '#outcome = :deadLettered AND attribute_not_exists(#outbox)';
const VALUES = { deadLettered: 'dead-lettered' };
const KEPT_MS = 30 * DAY_MS;
const DISCARDED = { outcome: 'discarded', reason: 'by-operator' } as const;

/** Most bytes of field names in a trail step, so that ten edits and their patches fit in an item. */
const FIELDS_BYTES = 480;

export function settledChanges(options: SettledChangesOptions): SettledChanges {
  const { reconcileAfterMs, now = Date.now } = options;
  const write = settledWriter(options);
  return {
    edit: (entry, { failure, number, fields, text }, who) =>
      write(entry, {
        set: { failure: writeFailure(failure), edited: number, edits: [...(entry.edits ?? []), text] },
        append: { trail: [{ at: iso(now()), step: 'edited', number, fields: truncatedFields(fields), ...who }] },
        condition: [
          UNCHANGED,
          entry.edited === undefined ? 'attribute_not_exists(#edited)' : '#edited = :before',
          'attribute_not_exists(#undo) AND attribute_not_exists(#inFlight)',
        ].join(' AND '),
        values: { ...VALUES, before: entry.edited },
      }),
    discard: (entry, who) =>
      write(entry, {
        set: {
          ...DISCARDED,
          settledAt: iso(now()),
          outbox: outcomeEvent(entry, DISCARDED.outcome, DISCARDED.reason),
          pendingShard: pendingShardOf({ id: entry.id }),
          dueAt: iso(now() + reconcileAfterMs),
          expiresAt: Math.max(entry.expiresAt, Math.ceil((now() + KEPT_MS) / 1_000)),
        },
        append: { trail: [{ at: iso(now()), step: 'settled', ...DISCARDED, ...who }] },
        condition: UNCHANGED,
        values: VALUES,
      }),
  };
}

function truncatedFields(fields: readonly string[]): string {
  let bytes = 0;
  const named = fields.filter((field) => {
    bytes += Buffer.byteLength(field) + 1;
    return bytes <= FIELDS_BYTES;
  });
  const others = fields.length - named.length;
  return others === 0 ? named.join(' ') : `${named.join(' ')} and ${others} more`.trimStart();
}
