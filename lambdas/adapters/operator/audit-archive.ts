import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { AUDIT_KEY } from '../../contract/audit-key.ts';

/** The bucket that keeps what the audit table has said. */
export interface AuditArchive {
  readonly s3: S3Client;
  readonly bucket: string;
}

/**
 * Puts each new or replaced item of the audit table into the archive, as an object of its own. An object is never put
 * twice, so a repeated invocation changes nothing. An item that somebody replaced stays there as it was.
 *
 * @throws S3ServiceException if an object can't be put; objects of earlier records stay
 */
export async function archiveRecords(records: readonly DynamoDBRecord[], archive: AuditArchive): Promise<void> {
  for (const { eventName, dynamodb: { NewImage, SequenceNumber = '' } = {} } of records) {
    // DynamoDB itself removes items after their time. The archive has what they said.
    if (!NewImage) continue;
    const item = unmarshall(NewImage as Record<string, AttributeValue>);
    const change = eventName === 'MODIFY' ? 'replaced' : 'added';
    await putOnce(objectKey(String(item[AUDIT_KEY.sort]), SequenceNumber), { ...item, change }, archive);
  }
}

/** `2026-03-01/2026-03-01T12:00:00.000Z_5f0c1a9be2d4_end_111.json`: the day, the item's key, the change's number. */
function objectKey(key: string, sequenceNumber: string): string {
  return `${key.slice(0, 'YYYY-MM-DD'.length)}/${key.replaceAll('#', '_')}_${sequenceNumber}.json`;
}

async function putOnce(Key: string, content: object, { s3, bucket: Bucket }: AuditArchive): Promise<void> {
  const object = { Bucket, Key, Body: JSON.stringify(content), ContentType: 'application/json' };
  try {
    await s3.send(new PutObjectCommand({ ...object, IfNoneMatch: '*' }));
  } catch (error) {
    // The object is there, since the answer to an earlier request was lost.
    if (!(error instanceof Error && error.name === 'PreconditionFailed')) throw error;
  }
}
