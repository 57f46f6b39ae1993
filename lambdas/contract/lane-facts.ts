import type { AcceptedInput, DependencyKind } from './settings.ts';

/**
 * What only the deployment knows of a lane, with the settings that the operator's tool needs. An SSM parameter holds it
 * as JSON, because a list of all lanes fits in no environment, policy or output.
 */
export interface LaneFacts extends Pick<AcceptedInput, 'accepts' | 'allowHeaders'> {
  /** Name of the dependency. */
  readonly name: string;
  readonly kind: DependencyKind;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Only for an ordered lane. */
  readonly orderedQueueUrl?: string;
  /** Id of the event source mapping that reads the lane queue. */
  readonly sourceId: string;
  /** ARN or base URL of the dependency, if only the deployment knows it. */
  readonly target?: string;
  /** ARN of your function that resolves conflicts. */
  readonly resolverArn?: string;
  /** Names of the log groups of the lane's functions. */
  readonly logGroups: readonly string[];
  /** Cycles of a failure before its dead letter is parked. */
  readonly maxCycles: number;
  /** JSON Pointers of body fields to mask, in addition to those with sensitive names. */
  readonly sensitive?: readonly string[];
}

/** Name of a lane's SSM parameter. @param path of the pipeline's parameters, without a slash at its end */
export function laneParameter(path: string, dependency: string): string {
  return `${path}/${dependency}`;
}
