import { INCIDENTS_PREFIX } from '../../contract/item-keys.ts';
import { DAY_MS } from '../../contract/time.ts';
import { NO_INCIDENTS } from '../../domain/escalation/incident.ts';
import { isStill } from '../../domain/ledger/check.ts';
import type { IncidentStore, Stored } from '../../use-cases/escalation/incident-store.ts';
import { updateExpression } from '../ledger/update-expression.ts';
import { readItem, updateItem } from '../own-write.ts';
import type { TimedTable } from '../table.ts';

/** Retention after the last change. */
const KEPT_MS = 400 * DAY_MS;

export function incidentStore({ now = Date.now, ...table }: TimedTable): IncidentStore {
  return {
    async read(subject) {
      const item = await readItem(table, idOf(subject));
      if (item?.incidents?.S === undefined) return { state: NO_INCIDENTS, version: 0 };
      const stored: Pick<Stored, 'state' | 'teller'> = JSON.parse(item.incidents.S);
      const state = { ...NO_INCIDENTS, ...stored.state };
      return { ...stored, state, version: Number(item.version?.N ?? 0) };
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
      return (await updateItem(table, idOf(subject), change)) !== undefined;
    },
  };
}

function idOf(subject: string): string {
  return `${INCIDENTS_PREFIX}${subject}`;
}
