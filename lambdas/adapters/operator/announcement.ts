import { marshall } from '@aws-sdk/util-dynamodb';
import { OPERATOR_ACTED } from '../../contract/events.ts';
import { DAY_MS, iso } from '../../contract/time.ts';
import { isAbsent } from '../../domain/ledger/check.ts';
import { pendingShard } from '../../domain/ledger/pending-shard.ts';
import type { AuditRecord } from '../../domain/operator/act.ts';
import { putCondition } from '../ledger/update-expression.ts';
import { putItem } from '../own-write.ts';
import type { Table } from '../table.ts';

/** Prefix of the announcements' ids in the ledger table. No failure id contains `#`. */
export const ANNOUNCEMENT = 'audit#';
/** After this time the reconciler publishes an event that the stream lost. */
const PUBLISHED_WITHIN_MS = 900_000;
const KEPT_MS = 30 * DAY_MS;

/**
 * Announces actions as events (`Operator Acted`). The event waits in an outbox of the ledger table, and is published
 * like any other. A sent event needs no announcement: it announces itself.
 */
export function announcing(table: Table): (record: AuditRecord) => Promise<void> {
  return async ({ facts: _, id: recordId, at, ...told }) => {
    if (told.action === 'send') return;
    const id = `${ANNOUNCEMENT}${recordId}`;
    const dueAt = Date.parse(at) + PUBLISHED_WITHIN_MS;
    const item = {
      id,
      state: 'settled',
      outbox: {
        eventId: id,
        detailType: OPERATOR_ACTED,
        detail: JSON.stringify({ version: 1, eventId: id, ...told, at }),
      },
      pendingShard: pendingShard(id),
      dueAt: iso(dueAt),
      expiresAt: Math.ceil((dueAt + KEPT_MS) / 1_000),
    };
    await putItem(table, marshall(item, { removeUndefinedValues: true }), putCondition([isAbsent('id')]));
  };
}
