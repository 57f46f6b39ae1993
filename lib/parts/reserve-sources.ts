import { Stack, Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { ResolvedDependency } from '../config/config.ts';
import { ConfigError } from '../config/validate-config.ts';
import { shown } from '../config/values.ts';
import { otherAccount } from './producers.ts';

/** Which dependency of which pipeline takes failures of what, by the stage around them. */
const TAKERS = new WeakMap<IConstruct, Map<string, string>>();

/**
 * Makes a pipeline the only one of its stage, account and region that takes failures of its sources. Two would share
 * the messages of a dead-letter queue, and each would repeat every failed execution of a state machine. A function
 * sends its failures to one bus.
 *
 * @throws ConfigError when another pipeline takes one of them
 */
export function reserveSources(pipeline: IConstruct, dependencies: readonly ResolvedDependency[]): void {
  const stage = Stage.of(pipeline) ?? pipeline.node.root;
  const takers = TAKERS.get(stage) ?? new Map<string, string>();
  TAKERS.set(stage, takers);
  const { account, region } = Stack.of(pipeline);
  const mistakes: string[] = [];
  for (const { name, setting, arn } of dependencies.flatMap((each) => sourcesOf(pipeline, each))) {
    const source = [account, region, setting, arn].join(' ');
    const taker = takers.get(source);
    if (taker !== undefined) {
      mistakes.push(
        `dependency ${shown(name)}: ${setting} must belong to one pipeline, got ${shown(arn)} of '${taker}': remove it from one of them`,
      );
    }
    takers.set(source, pipeline.node.path);
  }
  ConfigError.throwIfAny(mistakes);
}

interface Source {
  /** Name of the dependency. */
  readonly name: string;
  readonly setting: string;
  readonly arn: string;
}

function sourcesOf(pipeline: IConstruct, { settings, deadLetterQueue }: ResolvedDependency): readonly Source[] {
  const { name } = settings;
  const queue = deadLetterQueue && { name, setting: 'deadLetterQueueArn', arn: deadLetterQueue.queueArn };
  // Executions of another account arrive on the bus that its rule names.
  const isMachine = settings.kind === 'state-machine' && otherAccount(pipeline, settings) === undefined;
  const machine = isMachine && { name, setting: 'stateMachineArn', arn: settings.targetArn ?? '' };
  return [queue, machine].filter((source) => typeof source === 'object');
}
