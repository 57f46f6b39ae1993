import { S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { HttpResponse } from '@smithy/core/protocols';
import type { DynamoDBRecord } from 'aws-lambda';
import { expect, it } from 'vitest';
import { archiveRecords } from '../../../../lambdas/adapters/operator/audit-archive.ts';

interface Request {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A bucket that answers as S3 does to a conditional put. `statuses` are its first answers. */
function startBucket(...statuses: number[]) {
  const objects = new Map<string, unknown>();
  const requests: Request[] = [];
  const answer = (request: Request) => {
    requests.push(request);
    const failed = statuses.shift();
    if (failed !== undefined) return failed;
    if (objects.has(request.path) && request.headers['if-none-match'] === '*') return 412;
    objects.set(request.path, JSON.parse(request.body));
    return 200;
  };
  const handle = async (request: Request) => {
    const statusCode = answer(request);
    const code = statusCode === 412 ? 'PreconditionFailed' : 'AccessDenied';
    const body = statusCode === 200 ? '' : `<Error><Code>${code}</Code><Message>no</Message></Error>`;
    return { response: new HttpResponse({ statusCode, headers: {}, body: new Blob([body]).stream() }) };
  };
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const s3 = new S3Client({ region: 'eu-west-1', credentials, maxAttempts: 1, requestHandler: { handle } as never });
  return { archive: { s3, bucket: 'archive' }, objects, requests };
}

const ID = '2026-03-01T12:00:00.000Z#a-b_c';
const ITEM = { log: 'operator actions', key: ID, action: 'discard', principal: 'arn:ada', why: 'a test', expiresAt: 1 };

const record = (eventName: 'INSERT' | 'MODIFY' | 'REMOVE', SequenceNumber: string, item: object): DynamoDBRecord => ({
  eventName,
  dynamodb: {
    SequenceNumber,
    [eventName === 'REMOVE' ? 'OldImage' : 'NewImage']: marshall(item) as never,
  },
});

it('puts each item as an object of its own, by day and key, with what it says', async () => {
  const { archive, objects, requests } = startBucket();
  const end = { ...ITEM, key: `${ID}#end`, result: 'done', facts: { moved: 3 } };
  await archiveRecords([record('INSERT', '111', ITEM), record('INSERT', '112', end)], archive);
  expect([...objects]).toEqual([
    ['/2026-03-01/2026-03-01T12%3A00%3A00.000Z_a-b_c_111.json', { ...ITEM, change: 'added' }],
    ['/2026-03-01/2026-03-01T12%3A00%3A00.000Z_a-b_c_end_112.json', { ...end, change: 'added' }],
  ]);
  for (const { method, hostname, headers } of requests) {
    expect({ method, hostname }).toEqual({ method: 'PUT', hostname: 'archive.s3.eu-west-1.amazonaws.com' });
    // A bucket with object lock refuses an object without a checksum.
    expect(headers).toMatchObject({ 'if-none-match': '*', 'x-amz-checksum-crc32': expect.any(String) });
  }
});

it('keeps an item that somebody replaced, beside what replaced it', async () => {
  const { archive, objects } = startBucket();
  const forged = { ...ITEM, principal: 'arn:mallory', change: 'added' };
  await archiveRecords([record('INSERT', '111', ITEM), record('MODIFY', '222', forged)], archive);
  expect([...objects.values()]).toEqual([
    { ...ITEM, change: 'added' },
    { ...forged, change: 'replaced' },
  ]);
});

it('changes nothing where the stream repeats a record, and continues with the next', async () => {
  const { archive, objects } = startBucket();
  await archiveRecords([record('INSERT', '111', ITEM)], archive);
  const again = [record('INSERT', '111', { ...ITEM, why: 'another' }), record('INSERT', '112', ITEM)];
  await archiveRecords(again, archive);
  expect([...objects.values()]).toEqual([
    { ...ITEM, change: 'added' },
    { ...ITEM, change: 'added' },
  ]);
});

it('fails where the bucket refuses an object, so that the stream repeats it', async () => {
  const { archive, objects } = startBucket(403);
  const records = [record('INSERT', '111', ITEM), record('INSERT', '112', ITEM)];
  await expect(archiveRecords(records, archive)).rejects.toThrow(expect.objectContaining({ name: 'AccessDenied' }));
  await archiveRecords(records, archive);
  expect(objects.size).toBe(2);
});

it('leaves out an item whose time in the table is over', async () => {
  const { archive, requests } = startBucket();
  await archiveRecords([record('REMOVE', '333', ITEM)], archive);
  expect(requests).toEqual([]);
});
