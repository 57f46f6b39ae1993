import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type Bucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { BODIES_VARIABLE, bodiesOf } from '../../lambdas/contract/body-claim.ts';
import type { BackstopFunction } from './backstop-function.ts';
import { allowGetObject, allowPutObject } from './permissions.ts';
import type { Removal } from './removal.ts';
import { sealedBucket } from './sealed-bucket.ts';

interface BodyStoreProps {
  readonly encryptionKey: IKey;
  /** How long the ledger keeps a failure after its last change. */
  readonly retention: Duration;
  readonly removal: Removal;
}

/** Time that a failure may wait in a queue before the ledger has it. */
const IN_QUEUES = Duration.days(14);

/** The bucket for bodies that are too large for an event. Each dependency has a prefix of its own. */
export class BodyStore extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { encryptionKey, retention, removal }: BodyStoreProps) {
    super(scope, id);
    // A dead letter that is sent again has the whole retention once more.
    const kept = IN_QUEUES.toDays() + 2 * Math.ceil(retention.toDays({ integral: false }));
    this.bucket = sealedBucket(this, 'Bucket', encryptionKey, {
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ expiration: Duration.days(kept), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      ...(removal === 'destroy'
        ? { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true }
        : { removalPolicy: RemovalPolicy.RETAIN }),
    });
  }

  /** Lets a producer add bodies of a dependency. It can't read, replace, list or delete any. */
  letAdd(grantee: IGrantable, dependency: string): void {
    allowPutObject(grantee, this.bucket, `${bodiesOf(dependency)}*`);
  }

  /** Lets a function read bodies, and tells it where they are. @param dependency the only one. @default - all */
  letRead(fn: BackstopFunction, dependency?: string): void {
    fn.addEnvironment(BODIES_VARIABLE, this.bucket.bucketName);
    allowGetObject(fn.serviceRole, this.bucket, dependency === undefined ? 'bodies/*' : `${bodiesOf(dependency)}*`);
  }
}
