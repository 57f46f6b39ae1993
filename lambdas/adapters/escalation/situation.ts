import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { failureKey, failureName } from '../../contract/failure-key.ts';
import type { Incident, Situation } from '../../domain/escalation/incident.ts';
import { deadCount } from '../ledger/index-count.ts';
import { pendingKeys } from '../ledger/listed-failures.ts';
import type { Table } from '../table.ts';

/** Most failures of one index partition that are counted. */
const MOST_COUNTED = 1_000;

/** Reads how many failures of a dependency wait or are dead, and what the first one of an incident failed with. */
export async function situationOf(subject: string, { samples }: Incident, table: Table): Promise<Situation> {
  if (subject === '') return {};
  const [{ keys, isCut }, dead, excerpt] = await Promise.all([
    pendingKeys(table, MOST_COUNTED),
    // The first count is worth more, and doesn't need the others.
    deadCount(subject, table, 1).catch(() => undefined),
    excerptOf().catch(() => undefined),
  ]);
  const waiting = keys.filter((key) => failureName(key)?.dependency === subject).length;
  return { waiting, isMore: isCut, dead, excerpt };

  async function excerptOf(): Promise<string | undefined> {
    const [sample] = samples;
    if (!sample) return undefined;
    const { failureId: id, tenant } = sample;
    const { Item } = await table.client.send(
      new GetItemCommand({
        TableName: table.table,
        Key: { id: { S: failureKey({ dependency: subject, tenant, id }) } },
        // The notifier may read no other attribute.
        ProjectionExpression: 'excerpt',
      }),
    );
    return Item?.excerpt?.S;
  }
}
