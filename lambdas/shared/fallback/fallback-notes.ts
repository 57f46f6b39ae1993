import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Verdict } from '../classification/verdict.ts';
import { env } from '../environment.ts';
import { conditionalWriter } from '../ledger/conditional-writer.ts';
import type { LedgerEntry, TrailStep } from '../ledger/ledger-entry.ts';

export interface NotesOptions {
  readonly client: DynamoDBClient;
  /** The ledger's. */
  readonly table: string;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export interface BackupFailure {
  readonly dependency: string;
  readonly verdict: Verdict;
  readonly statusCode?: number;
}

/** What fallbacks write of an open failure. Each is one conditional write; false where the failure has moved on. */
export interface FallbackNotes {
  /**
   * Before a change goes to the backup: from then on it may have taken effect there, so that nobody may make it elsewhere, not
   * even after a redrive.
   */
  backupCalled(entry: LedgerEntry, dependency: string): Promise<boolean>;
  /** The change was not sent after all. */
  backupNotCalled(entry: LedgerEntry, dependency: string): Promise<boolean>;
  /** The backup has failed as well. Where that had no effect, the failure is as it was before. */
  backupFailed(entry: LedgerEntry, failure: BackupFailure): Promise<boolean>;
  /** Leaves the dependency alone until then, in epoch milliseconds. */
  putOff(entry: LedgerEntry, until: number): Promise<boolean>;
}

const AT_THE_BACKUP = '#backupCalled = :dependency';
const NOT_UNDER_WAY = 'attribute_not_exists(#inFlight)';

export function fallbackNotes({ client, table, now = Date.now }: NotesOptions): FallbackNotes {
  const step = (name: TrailStep['step'], facts: Omit<TrailStep, 'at' | 'step'>): TrailStep => {
    return { at: new Date(now()).toISOString(), step: name, ...facts };
  };

  const write = conditionalWriter({ client, table });
  return {
    backupCalled: (entry, dependency) =>
      write(entry, {
        set: { backupCalled: dependency, uncertain: 'attempt' },
        append: { trail: [step('backup-called', { dependency })] },
        condition: `${NOT_UNDER_WAY} AND attribute_not_exists(#uncertain) AND attribute_not_exists(#undo)`,
      }),
    backupNotCalled: (entry, dependency) =>
      write(entry, { remove: ['backupCalled', 'uncertain'], condition: AT_THE_BACKUP, values: { dependency } }),
    backupFailed: (entry, { dependency, verdict: { kind, rule, effect }, statusCode }) =>
      write(entry, {
        append: { trail: [step('backup-failed', { dependency, verdict: kind, rule, statusCode })] },
        remove: effect === 'none' ? ['backupCalled', 'uncertain'] : [],
        condition: AT_THE_BACKUP,
        values: { dependency },
      }),
    putOff: (entry, until) =>
      write(entry, { set: { notBefore: new Date(until).toISOString() }, condition: NOT_UNDER_WAY }),
  };
}

/** Notes in the ledger as the function's environment names it. */
export function openNotes(client: DynamoDBClient): FallbackNotes {
  return fallbackNotes({ client, table: env('LEDGER_TABLE') });
}
