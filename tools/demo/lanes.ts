import { type LaneFacts, laneParameter } from '../../lambdas/contract/lane-facts.ts';
import type { LocalCloud } from '../local/cloud.ts';

/** Where the parts of a lane are. @throws Error if the stacks have no lane of this dependency */
export function laneOf({ outputs, parameters }: Pick<LocalCloud, 'outputs' | 'parameters'>, name: string): LaneFacts {
  const value = parameters[laneParameter(outputs.LanesPath ?? '', name)];
  if (value === undefined) throw new Error(`the stacks have no lane of ${name}`);
  return JSON.parse(value);
}
