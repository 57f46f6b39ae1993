import { S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { MESSAGING, within } from './adapters/budgets.ts';
import { env } from './adapters/environment.ts';
import { archiveRecords } from './adapters/operator/audit-archive.ts';
import { withSafeErrors } from './adapters/telemetry.ts';

const archive = { s3: new S3Client(within(MESSAGING)), bucket: env('AUDIT_ARCHIVE_BUCKET') };

/** Copies what the audit table says to a bucket in which nobody changes it. */
export const handler = withSafeErrors((event) => archiveRecords((event as DynamoDBStreamEvent).Records, archive));
