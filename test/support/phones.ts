import { randomUUID } from 'node:crypto';
import { incidentStore } from '../../lambdas/adapters/escalation/incident-store.ts';
import type { IncidentNotification } from '../../lambdas/domain/escalation/incident.ts';
import type { Channel, EscalatePorts } from '../../lambdas/use-cases/escalation/escalate.ts';
import type { IncidentStore } from '../../lambdas/use-cases/escalation/incident-store.ts';
import type { Tables } from './tables.ts';

interface Phones {
  readonly channels: readonly Channel[];
  /** Messages in their order, as `channel telling cause`. */
  readonly calls: string[];
}

/** Two channels that note what they take. @param fail whether a channel refuses a message */
export function phones(fail: (told: IncidentNotification, channel: string) => boolean = () => false): Phones {
  const calls: string[] = [];
  const channel = (name: string): Channel => ({
    name,
    acknowledges: name === 'pager',
    notify: async (told) => {
      if (fail(told, name)) throw new Error(`${name} does not answer`);
      calls.push(`${name} ${told.telling} ${told.incident.cause}`);
    },
  });
  return { channels: [channel('pager'), channel('chat')], calls };
}

export function storeIn({ client, ledger }: Pick<Tables, 'client' | 'ledger'>): IncidentStore {
  return incidentStore({ client, table: ledger });
}

/** The ports of the notifier on tables of a test. */
export function portsIn(
  tables: Pick<Tables, 'client' | 'ledger'>,
  channels: readonly Channel[],
  change: Partial<EscalatePorts> = {},
): EscalatePorts {
  return { store: storeIn(tables), channels, now: Date.now, newToken: randomUUID, ...change };
}
