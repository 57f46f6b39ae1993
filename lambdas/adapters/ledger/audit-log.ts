import { randomBytes } from 'node:crypto';
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { OPERATOR_ACTED } from '../../contract/events.ts';
import { CORRELATION_INDEX } from '../../contract/ledger-entry.ts';
import type { OperatorAction } from '../../contract/operator-actions.ts';
import { DAY_MS, iso } from '../../contract/time.ts';
import { isAbsent } from '../../domain/ledger/check.ts';
import { pendingShard } from '../../domain/ledger/pending-shard.ts';
import { putItem } from '../own-write.ts';
import type { TimedTable } from '../table.ts';
import { putCondition } from './update-expression.ts';

export type { OperatorAction as Action };

/** An action that an operator is about to take. */
interface Act {
  readonly action: OperatorAction;
  readonly dependency?: string;
  readonly failureId?: string;
  /** Name of the operator, 1 to 100 characters. */
  readonly by: string;
  /** ARN of the caller's AWS identity. */
  readonly principal?: string;
  /** Reason, 1 to 500 characters. */
  readonly why: string;
  /** Details, such as a circuit, filter, count, or an edit's masked difference. The event leaves them out. */
  readonly facts?: Readonly<Record<string, string | number>>;
}

interface AuditRecord extends Act {
  /** RFC 3339, in UTC. */
  readonly at: string;
}

export interface AuditLog {
  /** Records an action. Call it before the action, so that no action lacks a record. */
  record(act: Act): Promise<void>;
  /** Lists records, newest first. `since`: epoch milliseconds. */
  list(range: { readonly since: number; readonly limit: number }): Promise<readonly AuditRecord[]>;
}

export const MAX_WHY_LENGTH = 500;
export const MAX_BY_LENGTH = 100;
/** Contains a space, which no event's correlation id may, so the two cannot collide. */
export const AUDIT_CORRELATION = 'operator actions';
const KEPT_DAYS = 400;
/** After this time the reconciler publishes an event that the stream lost. */
const PUBLISHED_WITHIN_MS = 900_000;

/**
 * Stores operator actions as items of the ledger table. Record and event (`Operator Acted`) are one write, and the
 * event is published through the outbox like any other.
 */
export function auditLog({ now = Date.now, ...table }: TimedTable): AuditLog {
  const { client, table: TableName } = table;
  return {
    async record(act) {
      const at = now();
      const id = `audit#${iso(at)}#${randomBytes(6).toString('hex')}`;
      const { facts: _, ...told } = act;
      const detail = { version: 1, eventId: id, ...told, at: iso(at) };
      const item = {
        ...act,
        id,
        at: iso(at),
        correlationId: AUDIT_CORRELATION,
        receivedAt: iso(at),
        state: 'settled',
        outbox: { eventId: id, detailType: OPERATOR_ACTED, detail: JSON.stringify(detail) },
        pendingShard: pendingShard(id),
        dueAt: iso(at + PUBLISHED_WITHIN_MS),
        expiresAt: Math.ceil((at + KEPT_DAYS * DAY_MS) / 1_000),
      };
      await putItem(table, marshall(item, { removeUndefinedValues: true }), putCondition([isAbsent('id')]));
    },
    async list({ since, limit }) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          IndexName: CORRELATION_INDEX,
          KeyConditionExpression: 'correlationId = :acts AND receivedAt >= :since',
          ExpressionAttributeValues: { ':acts': { S: AUDIT_CORRELATION }, ':since': { S: iso(since) } },
          ScanIndexForward: false,
          Limit: limit,
        }),
      );
      const whole = Items.flatMap(({ id }) =>
        id === undefined ? [] : client.send(new GetItemCommand({ TableName, Key: { id } })),
      );
      return (await Promise.all(whole)).flatMap(({ Item }) => (Item === undefined ? [] : recordOf(unmarshall(Item))));
    },
  };
}

function recordOf({
  action,
  dependency,
  failureId,
  by,
  principal,
  why,
  at,
  facts,
}: Record<string, unknown>): AuditRecord {
  return { action, dependency, failureId, by, principal, why, at, facts } as AuditRecord;
}
