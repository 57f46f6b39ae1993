import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DAY_MS } from '../../contract/time.ts';
import { NO_INCIDENTS } from '../../domain/escalation/incident.ts';
import { isStill } from '../../domain/ledger/check.ts';
import type { IncidentStore, Stored } from '../../use-cases/escalation/incident-store.ts';
import { updateExpression } from '../ledger/update-expression.ts';
import { type TimedTable, unlessRejected } from '../table.ts';

/** Retention after the last change. */
const KEPT_MS = 400 * DAY_MS;

export function incidentStore({ client, table: TableName, now = Date.now }: TimedTable): IncidentStore {
  return {
    async read(subject) {
      const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf(subject), ConsistentRead: true }));
      if (Item?.incidents?.S === undefined) return { state: NO_INCIDENTS, version: 0 };
      const stored: Pick<Stored, 'state' | 'teller'> = JSON.parse(Item.incidents.S);
      const state = { ...NO_INCIDENTS, ...stored.state };
      return { ...stored, state, version: Number(Item.version?.N ?? 0) };
    },
    async replace(subject, { version }, { state, teller }) {
      const change = updateExpression({
        set: {
          incidents: JSON.stringify({ state, teller }),
          version: version + 1,
          expiresAt: Math.ceil((now() + KEPT_MS) / 1_000),
        },
        condition: [isStill('version', version === 0 ? undefined : version)],
      });
      const write = client.send(new UpdateItemCommand({ TableName, Key: keyOf(subject), ...change }));
      return (await unlessRejected(write)) !== undefined;
    },
  };
}

function keyOf(subject: string) {
  return { id: { S: `incidents#${subject}` } };
}
