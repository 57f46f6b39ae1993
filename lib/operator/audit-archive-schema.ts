import { Duration } from 'aws-cdk-lib';
import type * as v from 'valibot';
import { defaulted, settings } from '../config/schema.ts';
import { duration, inWhole, oneOf } from '../config/values.ts';

export const auditArchive = settings({
  mode: defaulted(
    'governance',
    oneOf('governance', 'compliance'),
    'Who may delete an object before its time. `governance`: identities with `s3:BypassGovernanceRetention`; `compliance`: nobody, and you can never take it back',
  ),
  retention: defaulted(
    Duration.days(400),
    inWhole('days', duration(Duration.days(1), Duration.days(3_650)), 'the unit of object lock'),
    'How long each object is locked. Nothing deletes it afterwards',
  ),
});

export type AuditArchiveSettings = v.InferOutput<typeof auditArchive>;
