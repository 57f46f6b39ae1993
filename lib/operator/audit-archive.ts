import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { type Bucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { BackstopFunction } from '../parts/backstop-function.ts';
import { allowPutObject, allowSend, allowStream, streamArn } from '../parts/permissions.ts';
import { sealedBucket } from '../parts/sealed-bucket.ts';
import type { SharedParts } from '../parts/shared-parts.ts';
import type { AuditArchiveSettings } from './audit-archive-schema.ts';

interface AuditArchiveProps extends SharedParts {
  readonly settings: AuditArchiveSettings;
  /** Keeps the position of stream records that Lambda gave up. */
  readonly lastResort: IQueue;
}

/** Streams give up records after a day. From the last-resort queue, there is time left to read them again. */
const GIVE_UP_AFTER = Duration.hours(12);

/** Copies each item of the audit table to a bucket in which nobody changes or deletes it before its time. */
export class AuditArchive extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: AuditArchiveProps) {
    super(scope, id);
    this.bucket = this.createBucket(props);
    this.archiveFrom(props, this.createFunction(props));
  }

  private createBucket({ store, settings: { mode, retention } }: AuditArchiveProps): Bucket {
    return sealedBucket(this, 'Bucket', store.encryptionKey, {
      versioned: true,
      objectLockDefaultRetention: ObjectLockRetention[mode](retention),
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  private createFunction({ code, store, logRetention, lastResort }: AuditArchiveProps): BackstopFunction {
    const { encryptionKey, audit } = store;
    const archiver = new BackstopFunction(this, 'Function', {
      code,
      handler: 'archiver',
      description: 'Copies the audit log to a bucket with object lock',
      timeout: Duration.minutes(1),
      environment: { AUDIT_ARCHIVE_BUCKET: this.bucket.bucketName },
      encryptionKey,
      logRetention,
    });
    allowStream(archiver, audit);
    allowPutObject(archiver, this.bucket);
    allowSend(archiver, lastResort);
    return archiver;
  }

  private archiveFrom({ store, lastResort }: AuditArchiveProps, target: BackstopFunction): void {
    new EventSourceMapping(this, 'Source', {
      target,
      eventSourceArn: streamArn(store.audit),
      startingPosition: StartingPosition.TRIM_HORIZON,
      // With an object's three tries, a batch stays within the function's timeout.
      batchSize: 5,
      filters: [FilterCriteria.filter({ eventName: FilterRule.or('INSERT', 'MODIFY') })],
      bisectBatchOnError: true,
      maxRecordAge: GIVE_UP_AFTER,
      onFailure: { bind: () => ({ destination: lastResort.queueArn }) },
    });
  }
}
