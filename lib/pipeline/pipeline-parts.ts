import type { Construct } from 'constructs';
import { BodyStore } from '../parts/body-store.ts';
import { Canary } from '../parts/canary.ts';
import { networkOf } from '../parts/network.ts';
import type { SharedParts } from '../parts/shared-parts.ts';
import type { PipelineSettings } from './pipeline-schema.ts';

/** Completes what the parts of a pipeline share: times, and what only some settings ask for. */
export function sharedParts(
  pipeline: Construct,
  settings: PipelineSettings,
  given: Pick<SharedParts, 'code' | 'store' | 'bus' | 'outcomes' | 'escalations'>,
): SharedParts {
  const { runbookUrl, deadline, decisionTimeout, retention, reconcileAfter, logRetention, removal } = settings;
  const { separateOperations } = settings;
  const times = { deadline, decisionTimeout, retention, reconcileAfter, logRetention };
  const network = networkOf(pipeline, settings);
  const canary = settings.deployment.canary ? new Canary(pipeline, 'Canary') : undefined;
  const { encryptionKey } = given.store;
  const bodies = settings.largeBodies
    ? new BodyStore(pipeline, 'Bodies', { encryptionKey, retention, removal })
    : undefined;
  return { ...given, runbookUrl, network, canary, bodies, separateOperations, ...times };
}
