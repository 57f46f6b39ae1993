import { createHash } from 'node:crypto';
import { BODIES_VARIABLE, type BodyClaim, BodyClaimError } from '../../contract/body-claim.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import { type JsonText, parseJsonText } from '../../contract/json-text.ts';
import { wireText } from '../../domain/boundary/wire-text.ts';
import { BODIES, longestMs, within } from '../budgets.ts';

/** Reads an object of the bucket. @returns undefined if there is none */
export type ReadObject = (key: string, mostBytes: number) => Promise<Uint8Array | undefined>;

/** Puts the body into an operation that claims one. Others stay as they are. */
export type ClaimBody = (operation: HttpOperation) => Promise<HttpOperation>;

/**
 * Reads claimed bodies right before their calls. A body goes out only if size and digest are those of the claim. The
 * claim is part of the failure, so a later change of the object changes no call.
 *
 * The result throws BodyClaimError if there is no such body. It also throws what the bucket throws, which says nothing
 * of the dependency.
 */
export function bodyClaimer(read: ReadObject): ClaimBody {
  return async ({ bodyClaim, ...operation }) => {
    if (bodyClaim === undefined) return operation;
    // Validation rejects such an operation, so this is a bug in Backstop. Either body may be the wrong one.
    if (operation.body !== undefined) throw new Error('an operation has a body and claims another');
    return { ...operation, body: verified(await read(bodyClaim.key, bodyClaim.bytes), bodyClaim) };
  };
}

function verified(content: Uint8Array | undefined, { sha256, bytes }: BodyClaim): JsonText {
  if (content === undefined) throw new BodyClaimError('the body is not in the bucket');
  const isClaimed = content.byteLength === bytes && createHash('sha256').update(content).digest('hex') === sha256;
  if (!isClaimed) throw new BodyClaimError('the body in the bucket is not the one that was claimed');
  return readable(content);
}

/**
 * The producer wrote the object, so it may be anything. A byte order mark stays, which no JSON has: its bytes were
 * claimed.
 */
function readable(content: Uint8Array): JsonText {
  let body: JsonText | undefined;
  try {
    body = parseJsonText(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content));
  } catch {
    // The error would quote the body.
  }
  if (body === undefined) throw new BodyClaimError('the body in the bucket is not JSON in UTF-8');
  if (!wireText(body).isWellFormed()) throw new BodyClaimError('the body in the bucket has half of a surrogate pair');
  return body;
}

/** Reads from the bucket that the function's environment names. */
export function bucketReader(): ReadObject {
  let opened: Promise<ReadObject> | undefined;
  return (key, mostBytes) => {
    // Load the client only when needed, because most functions never meet a claim.
    opened ??= openBucket();
    return opened.then((read) => read(key, mostBytes));
  };
}

/** There is no such object, or it is empty. */
const NOT_THERE: ReadonlySet<string> = new Set(['NoSuchKey', 'InvalidRange']);

async function openBucket(): Promise<ReadObject> {
  const Bucket = process.env[BODIES_VARIABLE];
  if (Bucket === undefined) return async () => undefined;
  const { GetObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
  const s3 = new S3Client(within(BODIES));
  return async (Key, mostBytes) => {
    const abortSignal = AbortSignal.timeout(longestMs(BODIES));
    // Of an object that is larger than the claimed one, one byte too much tells.
    const Range = `bytes=0-${mostBytes}`;
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, Range }), { abortSignal });
      return await Body?.transformToByteArray();
    } catch (error) {
      if (error instanceof Error && NOT_THERE.has(error.name)) return undefined;
      throw error;
    }
  };
}
