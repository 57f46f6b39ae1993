import { createHash } from 'node:crypto';
import { CreateOpsItemCommand, type SSMClient, UpdateOpsItemCommand } from '@aws-sdk/client-ssm';
import { type Clock, DAY_MS } from '../../contract/time.ts';
import { dedupKey, type StackReference } from '../../domain/escalation/texts.ts';
import type { Channel } from '../../use-cases/escalation/escalate.ts';
import { putItem, readItem } from '../own-write.ts';
import type { Table } from '../table.ts';
import { mailOf } from './mail.ts';

interface OpsItemOptions extends StackReference {
  readonly ssm: SSMClient;
  /** Stores ticket ids by the key of the incident. */
  readonly tickets: { get(key: string): Promise<string | undefined>; put(key: string, id: string): Promise<void> };
}

const MAX_TITLE_LENGTH = 1_024;
const MAX_DESCRIPTION_LENGTH = 2_048;

/** Channel that opens tickets in OpsCenter. Its deduplication string gives each incident one ticket. */
export function opsItems({ ssm, tickets, ...where }: OpsItemOptions): Channel {
  return {
    name: 'opsItems',
    acknowledges: false,
    notify: async (told) => {
      const key = dedupKey(where.service, told);
      if (told.telling === 'resolve') {
        const OpsItemId = await tickets.get(key);
        if (OpsItemId !== undefined) await ssm.send(new UpdateOpsItemCommand({ OpsItemId, Status: 'Resolved' }));
        return;
      }
      const { subject, text } = mailOf(told, where);
      const id = await create(ssm, key, {
        Title: subject.slice(0, MAX_TITLE_LENGTH),
        Description: text.slice(0, MAX_DESCRIPTION_LENGTH),
        Priority: told.incident.priority === 'P1' ? 1 : 2,
        Severity: told.incident.priority === 'P1' ? '1' : '2',
      });
      if (id !== undefined) await tickets.put(key, id);
    },
  };
}

interface Ticket {
  readonly Title: string;
  readonly Description: string;
  readonly Priority: number;
  readonly Severity: string;
}

/** Creates a ticket. Returns its id, or that of the ticket that an earlier try created. */
async function create(ssm: SSMClient, key: string, ticket: Ticket): Promise<string | undefined> {
  const dedup = {
    Value: JSON.stringify({ dedupString: createHash('sha256').update(key).digest('hex') }),
    Type: 'SearchableString' as const,
  };
  try {
    const { OpsItemId } = await ssm.send(
      new CreateOpsItemCommand({
        ...ticket,
        Source: 'backstop',
        Category: 'Availability',
        OperationalData: { '/aws/dedup': dedup },
      }),
    );
    return OpsItemId;
  } catch (error) {
    if ((error as Error).name !== 'OpsItemAlreadyExistsException') throw error;
    return (error as { readonly OpsItemId?: string }).OpsItemId;
  }
}

/** Retention of a ticket's id. */
const KEPT_MS = 400 * DAY_MS;

/** Stores the ticket id of each incident in a ledger item. */
export function ticketStore(table: Table, now: Clock = Date.now): OpsItemOptions['tickets'] {
  const idOf = (key: string) => `ticket#${key}`;
  return {
    get: async (key) => (await readItem(table, idOf(key)))?.ticket?.S,
    put: async (key, id) => {
      const expiresAt = { N: String(Math.ceil((now() + KEPT_MS) / 1_000)) };
      await putItem(table, { id: { S: idOf(key) }, ticket: { S: id }, expiresAt }, {});
    },
  };
}
