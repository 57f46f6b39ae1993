import { RefusedError } from './desk.ts';
import type { DeskPorts } from './desk-ports.ts';

/** @throws RefusedError if the config has no such dependency */
export function registered(dependency: string, { dependencies }: Pick<DeskPorts, 'dependencies'>): string {
  if (dependencies.has(dependency)) return dependency;
  throw new RefusedError(`there is no dependency '${dependency}'`);
}
