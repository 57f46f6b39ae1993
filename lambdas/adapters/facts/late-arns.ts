import type { LaneFacts } from '../../contract/lane-facts.ts';
import { ownMember } from '../../contract/own-member.ts';
import type { LaneReader } from './lane-facts.ts';

export type LateArns = Pick<LaneFacts, 'target' | 'resolverArn'>;

/**
 * Returns a look-up of a dependency's ARNs and address that only the deployment knows. A worker has those of its lane
 * in its environment. Functions that serve all lanes read them from the lane's parameter, because no environment holds
 * them all.
 *
 * @returns a look-up that throws what the request throws; nothing has been sent to the dependency then
 */
export function lateArns(): (dependency: string) => Promise<LateArns> {
  const own = { targets: inEnvironment('TARGETS'), resolvers: inEnvironment('RESOLVERS') };
  let lanes: Promise<LaneReader> | undefined;
  return async (dependency) => {
    const target = ownMember(own.targets, dependency);
    const resolverArn = ownMember(own.resolvers, dependency);
    if (target !== undefined || resolverArn !== undefined || !process.env.LANES_PATH) return { target, resolverArn };
    // Load the client only when needed, because most functions never need it.
    lanes ??= import('./lane-facts.ts').then(({ openLanes }) => openLanes());
    return (await (await lanes).of(dependency)) ?? {};
  };
}

function inEnvironment(name: string): Readonly<Record<string, string>> {
  return JSON.parse(process.env[name] ?? '{}');
}
