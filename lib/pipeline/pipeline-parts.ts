import type { Construct } from 'constructs';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import { sectionsFor } from '../escalation/runbook-sections.ts';
import { BodyStore } from '../parts/body-store.ts';
import { Canary } from '../parts/canary.ts';
import { bundleHandlers } from '../parts/handler-bundle.ts';
import { networkOf } from '../parts/network.ts';
import type { SharedParts } from '../parts/shared-parts.ts';
import type { Foundation } from './pipeline-foundation.ts';
import type { PipelineSettings } from './pipeline-schema.ts';

/** What each step of a pipeline gets: its foundation, and what the parts share. */
export type PipelineParts = SharedParts & Foundation;

/** Completes what the parts of a pipeline share: the handlers, times, and what only some settings ask for. */
export function sharedParts(
  pipeline: Construct,
  settings: PipelineSettings,
  dependencies: readonly DependencySettings[],
  foundation: Foundation,
): PipelineParts {
  const { runbookUrl, deadline, decisionTimeout, retention, reconcileAfter, logRetention, removal } = settings;
  const { separateOperations } = settings;
  const times = { deadline, decisionTimeout, retention, reconcileAfter, logRetention };
  const code = bundleHandlers(dependencies, settings.handlers, sectionsFor(runbookUrl));
  const network = networkOf(pipeline, settings);
  const canary = settings.deployment.canary ? new Canary(pipeline, 'Canary') : undefined;
  const { encryptionKey } = foundation.store;
  const bodies = settings.largeBodies
    ? new BodyStore(pipeline, 'Bodies', { encryptionKey, retention, removal })
    : undefined;
  return { ...foundation, code, runbookUrl, network, canary, bodies, separateOperations, ...times };
}
