import type { Construct } from 'constructs';
import { Notifier } from '../escalation/notifier.ts';
import type { DependencyLane } from '../lane/dependency-lane.ts';
import { Health } from '../observability/health.ts';
import { OwnAlarms } from '../observability/own-alarms.ts';
import { warnOfMissingUrls } from '../parts/region-features.ts';
import type { PipelineParts } from './pipeline-parts.ts';
import type { Recovery } from './pipeline-recovery.ts';
import type { PipelineSettings } from './pipeline-schema.ts';

/** What is watched: the lanes, and what recovers their failures. */
interface Watched extends Recovery {
  readonly lanes: ReadonlyMap<string, DependencyLane>;
}

/** What tells humans and their systems how a pipeline is. */
interface Watch {
  readonly notifier: Notifier;
  readonly health: Health | undefined;
}

/** Creates the alarms on Backstop's own faults, the notifier, and the health endpoint if the settings ask for it. */
export function watchOver(
  pipeline: Construct,
  { escalation, reconcileEvery, health: hasHealth }: PipelineSettings,
  { functions, machine, publisher, reconciler, lanes }: Watched,
  parts: PipelineParts,
): Watch {
  new OwnAlarms(pipeline, 'Alarms', {
    ...parts,
    functions,
    recovery: machine,
    publisher: publisher.function,
    reconciler: reconciler.function,
    reconcileEvery,
  });
  const notifier = new Notifier(pipeline, 'Notifier', { ...parts, escalation });
  if (!hasHealth) return { notifier, health: undefined };
  warnOfMissingUrls(pipeline);
  const queues = {
    rejects: parts.rejects,
    'last-resort': parts.lastResort,
    parked: parts.parked.queue,
    'undelivered-alerts': notifier.undelivered,
  };
  return { notifier, health: new Health(pipeline, 'Health', { ...parts, lanes, queues }) };
}
