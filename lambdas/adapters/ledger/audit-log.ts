import { randomBytes } from 'node:crypto';
import { type DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { CORRELATION_INDEX } from '../../contract/ledger-entry.ts';
import { pendingShard } from '../../domain/ledger/pending-shard.ts';

/** What operators do that changes something. */
export type Action =
  | 'circuit-forced'
  | 'circuit-released'
  | 'lane-paused'
  | 'lane-resumed'
  | 'redrive'
  | 'discard'
  | 'edit'
  | 'decide'
  | 'incident-acknowledged';

/** Something that an operator is about to do. */
export interface Act {
  readonly action: Action;
  readonly dependency?: string;
  readonly failureId?: string;
  /** Who does it, 1 to 100 characters. */
  readonly by: string;
  /** ARN of who called, as AWS knows it. */
  readonly principal?: string;
  /** Why, 1 to 500 characters. */
  readonly why: string;
  /** A circuit, a filter, a count; of an edit its difference, sensitive values masked. They stay in the table: no event tells them. */
  readonly facts?: Readonly<Record<string, string | number>>;
}

export interface AuditRecord extends Act {
  /** RFC 3339, in UTC. */
  readonly at: string;
}

export interface AuditLog {
  /** Written before it is done, so that nothing is done that nobody wrote down. */
  record(act: Act): Promise<void>;
  /** The latest first. */
  list(range: { readonly since: number; readonly limit: number }): Promise<readonly AuditRecord[]>;
}

export interface AuditOptions {
  readonly client: DynamoDBClient;
  /** The ledger's. */
  readonly table: string;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export const OPERATOR_ACTED = 'Operator Acted';
export const MAX_WHY_LENGTH = 500;
export const MAX_BY_LENGTH = 100;
/** With a space, which no event can have in its correlation id. */
export const AUDIT_CORRELATION = 'operator actions';
const KEPT_DAYS = 400;
const DAY_MS = 86_400_000;
/** The reconciler publishes what the stream has lost by then. */
const PUBLISHED_WITHIN_MS = 900_000;

/**
 * What operators have done, in items of the ledger beside those of the failures. Record and event (`Operator Acted`) are one write:
 * the outbox goes the way of every other.
 */
export function auditLog({ client, table: TableName, now = Date.now }: AuditOptions): AuditLog {
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
      const Item = marshall(item, { removeUndefinedValues: true });
      await client.send(new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(id)' }));
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

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
