import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { LedgerEntry, TrailStep } from '../../contract/ledger-entry.ts';
import { iso } from '../../contract/time.ts';
import type { StepProgress, UndoProgress } from '../../contract/undo-progress.ts';
import type { UndoNotes } from '../../use-cases/undo/notes.ts';
import { env } from '../environment.ts';
import { NO_CALL_IN_FLIGHT, OPEN_IN_CYCLE } from '../ledger/conditional-writer.ts';
import { fromItem } from '../ledger/ledger-item.ts';
import { type Change, updateExpression } from '../ledger/update-expression.ts';
import type { TimedTable } from '../table.ts';

/** Attributes that a call after the read changes. Such a call prevents the undo, whose plan would ignore its effect. */
const CALL_MARKERS = ['lastToken', 'backupCalled'] as const;

export function undoNotes({ client, table: TableName, now = Date.now }: TimedTable): UndoNotes {
  const at = () => iso(now());
  const keyOf = (id: string) => ({ id: { S: id } });

  async function write(entry: LedgerEntry, progress: Omit<UndoProgress, 'version'>, change: Partial<Change>) {
    const undo: UndoProgress = { ...progress, version: randomUUID() };
    const { condition = OPEN_IN_CYCLE, values, ...rest } = change;
    const isUnchanged = entry.undo ? '#undo.#version = :before' : 'attribute_not_exists(#undo)';
    const expressions = updateExpression({
      ...rest,
      set: { undo },
      condition: `${condition} AND ${isUnchanged}`,
      values: { open: 'open', inCycle: entry.cycle, before: entry.undo?.version, ...values },
    });
    try {
      const { Attributes } = await client.send(
        new UpdateItemCommand({ TableName, Key: keyOf(entry.id), ReturnValues: 'ALL_NEW', ...expressions }),
      );
      return Attributes && fromItem(Attributes);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // The write that came in between may be this one, with a lost answer.
      const current = await read(entry.id);
      return current?.undo?.version === undo.version ? current : undefined;
    }
  }

  async function read(id: string): Promise<LedgerEntry | undefined> {
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf(id), ConsistentRead: true }));
    return Item && fromItem(Item);
  }

  return {
    recordBegin: (entry, undo) =>
      write(entry, undo, {
        append: { trail: [{ at: at(), step: 'undo-begun', reason: undo.reason, steps: undo.steps.length }] },
        // The undo does not wait for what the operation waited for.
        remove: ['notBefore', 'held', 'paidFrom'],
        condition: [OPEN_IN_CYCLE, NO_CALL_IN_FLIGHT, ...CALL_MARKERS.map((name) => unchanged(name, entry))].join(
          ' AND ',
        ),
        values: { now: at(), lastToken: entry.lastToken, backupCalled: entry.backupCalled },
      }),
    async recordProgress(entry, index, step) {
      if (!entry.undo) return undefined;
      const finalStep = finalStepOf(step, at());
      const steps = entry.undo.steps.with(index, step);
      return write(entry, { ...entry.undo, steps }, finalStep ? { append: { trail: [finalStep] } } : {});
    },
  };
}

function unchanged(name: (typeof CALL_MARKERS)[number], entry: LedgerEntry): string {
  return entry[name] === undefined ? `attribute_not_exists(#${name})` : `#${name} = :${name}`;
}

function finalStepOf({ name, dependency, state, because, rule, statusCode, attempts }: StepProgress, at: string) {
  const facts = { name, dependency, because, rule, statusCode, attempts };
  const ends: Partial<Record<StepProgress['state'], TrailStep>> = {
    done: { at, step: 'step-undone', ...facts },
    failed: { at, step: 'undo-failed', ...facts },
  };
  return ends[state];
}

/** Opens the undo's writes on the ledger that the function's environment names. */
export function openUndoNotes(client: DynamoDBClient): UndoNotes {
  return undoNotes({ client, table: env('LEDGER_TABLE') });
}
