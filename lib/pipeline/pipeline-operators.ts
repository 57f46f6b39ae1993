import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Notifier } from '../escalation/notifier.ts';
import { AuditArchive } from '../operator/audit-archive.ts';
import { OperatorAccess } from '../operator/operator-access.ts';
import { OperatorFunction } from '../operator/operator-function.ts';
import type { RecoveryMachine } from '../recovery/recovery-machine.ts';
import type { PipelineParts } from './pipeline-parts.ts';
import type { PipelineSettings } from './pipeline-schema.ts';

/** What humans act through, and what records that. */
interface Operators {
  readonly operatorFunction: OperatorFunction;
  readonly auditArchive: IBucket | undefined;
  readonly operatorAccess: OperatorAccess;
}

/** Creates the operator function, the policies of its users, and the archive of the audit log if there shall be one. */
export function openToOperators(
  pipeline: Construct,
  { auditArchive: archive }: PipelineSettings,
  { recovery, notifier }: { readonly recovery: RecoveryMachine; readonly notifier: Notifier },
  parts: PipelineParts,
): Operators {
  const { store, rejects, lastResort, parked } = parts;
  const operator = new OperatorFunction(pipeline, 'Operator', { ...parts, recovery });
  const auditArchive = archive && new AuditArchive(pipeline, 'AuditArchive', { ...parts, settings: archive }).bucket;
  const operatorAccess = new OperatorAccess(pipeline, 'OperatorAccess', {
    store,
    operator,
    counted: [rejects, lastResort, notifier.undelivered],
    deadLetterQueues: [parked.queue],
  });
  return { operatorFunction: operator, auditArchive, operatorAccess };
}
