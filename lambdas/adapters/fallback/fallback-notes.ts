import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { TrailStep } from '../../contract/ledger-entry.ts';
import { iso } from '../../contract/time.ts';
import type { FallbackNotes } from '../../use-cases/fallback/notes.ts';
import { env } from '../environment.ts';
import { conditionalWriter } from '../ledger/conditional-writer.ts';
import type { TimedTable } from '../table.ts';

const SENT_TO_BACKUP = '#backupCalled = :dependency';
const NO_CALL_IN_FLIGHT = 'attribute_not_exists(#inFlight)';

export function fallbackNotes({ client, table, now = Date.now }: TimedTable): FallbackNotes {
  const step = (name: TrailStep['step'], facts: Omit<TrailStep, 'at' | 'step'>): TrailStep => {
    return { at: iso(now()), step: name, ...facts };
  };

  const write = conditionalWriter({ client, table });
  return {
    announceBackupCall: (entry, dependency) =>
      write(entry, {
        set: { backupCalled: dependency, uncertain: 'attempt' },
        append: { trail: [step('backup-called', { dependency })] },
        condition: `${NO_CALL_IN_FLIGHT} AND attribute_not_exists(#uncertain) AND attribute_not_exists(#undo)`,
      }),
    withdrawBackupCall: (entry, dependency) =>
      write(entry, { remove: ['backupCalled', 'uncertain'], condition: SENT_TO_BACKUP, values: { dependency } }),
    recordBackupFailure: (entry, { dependency, verdict: { kind, rule, effect }, statusCode }) =>
      write(entry, {
        append: { trail: [step('backup-failed', { dependency, verdict: kind, rule, statusCode })] },
        remove: effect === 'none' ? ['backupCalled', 'uncertain'] : [],
        condition: SENT_TO_BACKUP,
        values: { dependency },
      }),
    postpone: (entry, until) => write(entry, { set: { notBefore: iso(until) }, condition: NO_CALL_IN_FLIGHT }),
  };
}

/** Opens the fallback's writes on the ledger that the function's environment names. */
export function openNotes(client: DynamoDBClient): FallbackNotes {
  return fallbackNotes({ client, table: env('LEDGER_TABLE') });
}
