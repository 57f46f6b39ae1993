import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { EffectRecord } from '../../domain/ledger/effect-transitions.ts';
import { EffectStore, type EffectTable } from '../../use-cases/ledger/effect-store.ts';
import type { Effects } from '../../use-cases/ledger/effects.ts';
import type { Table, TimedTable } from '../table.ts';
import { putCondition, updateExpression } from './update-expression.ts';

interface EffectsOptions extends TimedTable {
  /** How long a record is kept, in milliseconds. Must outlive the latest possible redrive. */
  readonly retentionMs: number;
}

export function createEffects({ retentionMs, now = Date.now, ...table }: EffectsOptions): Effects {
  return new EffectStore(dynamoDBEffects(table), { now, retentionMs });
}

/** The effects table in DynamoDB. */
export function dynamoDBEffects({ client, table: TableName }: Table): EffectTable {
  const keyOf = (id: string) => ({ id: { S: id } });
  return {
    async get(id) {
      const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf(id), ConsistentRead: true }));
      return Item && (unmarshall(Item) as EffectRecord);
    },
    async write(id, { set = {}, remove = [], condition }) {
      const request = { TableName, Key: keyOf(id) };
      const written =
        remove === 'all'
          ? client.send(new DeleteItemCommand({ ...request, ...putCondition(condition) }))
          : client.send(new UpdateItemCommand({ ...request, ...updateExpression({ set, remove, condition }) }));
      return holds(written);
    },
  };
}

/** Whether the condition of a write holds. */
async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
