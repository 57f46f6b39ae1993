import { createHash, randomUUID } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { BodyClaim } from '../../lambdas/contract/body-claim.ts';
import { failure, startWorld, type World } from '../../test/e2e/world.ts';
import { onClock } from '../../test/support/on-clock.ts';
import type { StreamRecord } from '../local/cloud.ts';
import { CostMeter, type Needs } from './cost-meter.ts';

/** Of 20 failures, 14 heal on the first attempt, 3 on the second, one on the third, and 2 become dead letters. */
const MIX: readonly (readonly [path: string, count: number])[] = [
  ['/ok', 14],
  ['/flaky/1/:id', 3],
  ['/flaky/2/:id', 1],
  ['/status/503', 2],
];
const ALL = MIX.reduce((sum, [, count]) => sum + count, 0);

/** Attempts and dead letters of a mean failure, where a machine makes three attempts at most. */
const ATTEMPTS = 0.7 + 0.15 * 2 + (0.05 + 0.1) * 3;
const DEAD = 0.1;

/**
 * A Standard machine for each failure: Classify and a Choice, then for each attempt a Wait, the attempt and a Choice.
 * It records the result, and sends dead letters. Its state data holds the operation. Computed, not measured.
 */
export const STANDARD_MACHINE: Needs = {
  requests: 2 + DEAD,
  writeUnits: 2,
  readUnits: 0,
  transitions: 2 + 3 * ATTEMPTS + 1 + DEAD,
  invocations: 2 + ATTEMPTS,
  events: 0,
  objects: 0,
  objectReads: 0,
};

/** What a failure with a body of some bytes needs, counted in the embedded cloud. */
export async function needsOf(bodyBytes: number): Promise<Needs> {
  const meter = new CostMeter(() => world.output('CircuitsTableName'));
  const isClaimed = isClaim(bodyBytes);
  const onChange = (record: StreamRecord) => meter.changed(record);
  const world = await startWorld({}, { separateOperations: true, largeBodies: isClaimed, onChange });
  try {
    const s3 = storeOf(world);
    world.cloud.inject((call) => meter.called(call));
    world.cloud.redeliver(() => meter.invoked());
    const body = { text: 'x'.repeat(bodyBytes) };
    const claimed = async () => {
      meter.added();
      return { bodyClaim: await s3.add(JSON.stringify(body)) };
    };
    for (const [path, count] of MIX)
      for (let n = 0; n < count; n++) {
        const detail = failure(path);
        const content = isClaimed ? await claimed() : { body };
        const operation = { ...Object(detail.operation), body: undefined, ...content };
        await world.send({ ...detail, version: isClaimed ? 2 : 1, operation });
        await world.settled(detail.id);
      }
    s3.close();
    return perFailure(meter.needs(world.cloud.executions));
  } finally {
    await world.stop();
  }
}

/** Whether an event claims a body of this size, since a message of SQS has at most 256 KiB. */
export function isClaim(bodyBytes: number): boolean {
  return bodyBytes > 200 * 1_024;
}

/** The bucket of large bodies, as a producer of `orders` uses it. */
function storeOf({ cloud: { endpoint, credentials }, clock, output }: World) {
  const config = { endpoint, credentials, region: 'us-east-1', forcePathStyle: true };
  const s3 = onClock(clock, new S3Client(config));
  return {
    async add(text: string): Promise<BodyClaim> {
      const key = `bodies/orders/-/${randomUUID()}`;
      const Bucket = output('BodiesBucketName');
      await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: text, IfNoneMatch: '*' }));
      return { key, sha256: createHash('sha256').update(text).digest('hex'), bytes: Buffer.byteLength(text) };
    },
    close: () => s3.destroy(),
  };
}

function perFailure(needs: Needs): Needs {
  return {
    requests: needs.requests / ALL,
    writeUnits: needs.writeUnits / ALL,
    readUnits: needs.readUnits / ALL,
    transitions: needs.transitions / ALL,
    invocations: needs.invocations / ALL,
    events: needs.events / ALL,
    objects: needs.objects / ALL,
    objectReads: needs.objectReads / ALL,
  };
}
