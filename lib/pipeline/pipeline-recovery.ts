import type { Construct } from 'constructs';
import type { ResolvedDependency } from '../config/config.ts';
import { OutboxPublisher } from '../recovery/outbox-publisher.ts';
import { Reconciler } from '../recovery/reconciler.ts';
import { RecoveryFunctions } from '../recovery/recovery-functions.ts';
import { RecoveryMachine } from '../recovery/recovery-machine.ts';
import type { PipelineParts } from './pipeline-parts.ts';
import type { PipelineSettings } from './pipeline-schema.ts';

/** What recovers a failure that the worker of its lane could not heal, and says how it ended. */
export interface Recovery {
  /** The functions of the machine. */
  readonly functions: RecoveryFunctions;
  readonly machine: RecoveryMachine;
  readonly publisher: OutboxPublisher;
  readonly reconciler: Reconciler;
}

/** Creates the Recovery machine with its functions, the publisher and the reconciler. */
export function createRecovery(
  pipeline: Construct,
  { durableRetryInterval: retryInterval, reconcileEvery }: PipelineSettings,
  dependencies: readonly ResolvedDependency[],
  parts: PipelineParts,
): Recovery {
  const settings = dependencies.map((dependency) => dependency.settings);
  const resolvers = resolversOf(dependencies);
  const functions = new RecoveryFunctions(pipeline, 'RecoveryFunctions', { ...parts, settings, resolvers });
  const machine = new RecoveryMachine(pipeline, 'Recovery', { ...parts, functions, retryInterval });
  const publisher = new OutboxPublisher(pipeline, 'Publisher', parts);
  const reconciler = new Reconciler(pipeline, 'Reconciler', { ...parts, recovery: machine, reconcileEvery });
  return { functions, machine, publisher, reconciler };
}

/** The ARNs of the functions that merge conflicts, by dependency. */
function resolversOf(dependencies: readonly ResolvedDependency[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    dependencies.flatMap(({ settings: { name }, resolverArn }) =>
      resolverArn === undefined ? [] : [[name, resolverArn]],
    ),
  );
}
