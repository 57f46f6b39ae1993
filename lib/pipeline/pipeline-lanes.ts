import { NestedStack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { pascalCase } from '../config/pascal-case.ts';
import { DependencyLane, type DependencyLaneProps } from '../lane/dependency-lane.ts';
import { exportParts } from '../lane/lane-view.ts';
import { Redriver } from '../lane/redriver.ts';
import { rejectWhatNamesNoLane } from '../lane/unroutable-events.ts';
import { warnOfIsolation } from '../parts/network.ts';
import { warnOfSharedKeys } from '../parts/shared-keys.ts';
import type { SharedParts } from '../parts/shared-parts.ts';
import type { RecoveryFunctions } from '../recovery/recovery-functions.ts';
import type { PipelineParts } from './pipeline-parts.ts';
import type { Recovery } from './pipeline-recovery.ts';
import type { PipelineSettings } from './pipeline-schema.ts';

type Lanes = ReadonlyMap<string, DependencyLane>;

/** Creates the lanes of a pipeline, by the name of their dependency, and connects them to what they share. */
export function createLanes(
  pipeline: Construct,
  settings: PipelineSettings,
  { functions, machine, reconciler }: Recovery,
  parts: PipelineParts,
): Lanes {
  const lanes = laneStacks(pipeline, settings, { ...parts, recovery: machine, parked: parts.parked.queue });
  if (parts.network) warnOfIsolation(pipeline, parts.network, callers(lanes, functions));
  for (const { deadLetterQueue } of lanes.values()) reconciler.allowDeadLettersTo(deadLetterQueue);
  redriveByItself(pipeline, lanes, parts);
  rejectWhatNamesNoLane(pipeline, { ...parts, lanes: [...lanes.keys()] });
  return lanes;
}

function laneStacks(
  pipeline: Construct,
  { dependencies, batchSize, alarms, excerpt }: PipelineSettings,
  parts: SharedParts & Pick<DependencyLaneProps, 'rejects' | 'recovery' | 'parked'>,
): Lanes {
  const shared = { ...parts, batchSize, alarms, excerpt };
  const lanes = Object.entries(dependencies).map(([name, dependency]) => {
    // One stack holds 500 resources. With a stack of its own, a lane stays as it is whatever others are added.
    const stack = new NestedStack(pipeline, `${pascalCase(name)}Lane`, {
      description: `Backstop: the lane of ${name}`,
    });
    const lane = new DependencyLane(stack, 'Default', { ...shared, name, dependency });
    exportParts(lane);
    return [name, lane] as const;
  });
  warnOfSharedKeys(
    pipeline,
    lanes.map(([, { settings }]) => settings),
  );
  return new Map(lanes);
}

/** Redrives the dead letters of the lanes that ask for it. */
function redriveByItself(pipeline: Construct, all: Lanes, parts: PipelineParts): void {
  const lanes = [...all.values()].filter(({ settings }) => settings.redrive.automatic);
  if (lanes.length > 0) new Redriver(pipeline, 'Redriver', { ...parts, lanes });
}

/** The roles of the functions that call dependencies. */
function callers(lanes: Lanes, { attempt, resolve, degrade, undo }: RecoveryFunctions): readonly Role[] {
  const workers = [...lanes.values()].map(({ worker }) => worker);
  return [...workers, attempt, resolve, degrade, undo].map(({ serviceRole }) => serviceRole);
}
