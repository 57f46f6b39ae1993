import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { OPERATION_INFIX } from '../../contract/item-keys.ts';
import type { OperationRef } from '../../contract/ledger-entry.ts';
import type { OperationTable } from '../../use-cases/ledger/operation-items.ts';
import type { Table } from '../table.ts';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Operations in items of the ledger's table. Each is sealed by the token in its entry. So an entry that drops the token
 * makes its operation unreadable, without a write that would cost as much as the operation's.
 */
export function dynamoDBOperations({ client, table: TableName }: Table): OperationTable {
  return {
    // An update without a condition: repeated, it stores the same.
    async put(key, ref, text) {
      const id = idOf(key, ref);
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: id } },
          UpdateExpression: 'SET #sealed = :sealed, #expiresAt = :until',
          ExpressionAttributeNames: { '#sealed': 'sealed', '#expiresAt': 'expiresAt' },
          ExpressionAttributeValues: { ':sealed': { B: seal(text, id, ref) }, ':until': { N: String(ref.until) } },
        }),
      );
    },
    async get(key, ref) {
      const id = idOf(key, ref);
      const read = async (ConsistentRead: boolean) => {
        const request = { TableName, Key: { id: { S: id } }, ConsistentRead };
        const { Item } = await client.send(new GetItemCommand(request));
        return Item?.sealed?.B;
      };
      // An item never changes, so the cheaper read shows it, unless it is too new.
      const sealed = (await read(false)) ?? (await read(true));
      return sealed && unseal(sealed, id, ref);
    },
  };
}

function idOf(key: string, { token }: OperationRef): string {
  return `${key}${OPERATION_INFIX}${digest('name', token).toString('base64url')}`;
}

function seal(text: string, id: string, { token }: OperationRef): Uint8Array {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, digest('cipher', token), iv).setAAD(Buffer.from(id));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

function unseal(bytes: Uint8Array, id: string, { token }: OperationRef): string {
  const [iv, tag, sealed] = [
    bytes.subarray(0, IV_BYTES),
    bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES),
    bytes.subarray(IV_BYTES + TAG_BYTES),
  ];
  const decipher = createDecipheriv(CIPHER, digest('cipher', token), iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(id)).setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
}

/** Neither digest of a token shows the other, nor the token. */
function digest(use: 'name' | 'cipher', token: string): Buffer {
  return createHash('sha256').update(`${use}:${token}`).digest();
}
