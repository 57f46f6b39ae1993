import { openDesk } from '../../bin/desk/desk.ts';
import { run } from '../../bin/program.ts';
import { captured, type Ended } from '../support/desk.ts';
import type { World } from './world.ts';

/** The whole tool against the embedded cloud, in this process. */
export async function toolIn({ cloud }: Pick<World, 'cloud'>, ...args: readonly string[]): Promise<Ended> {
  const { streams, written } = captured();
  const { signal } = new AbortController();
  const all = ['--endpoint', cloud.endpoint, ...args];
  return {
    code: await run(all, { streams, openDesk: (globals) => openDesk({ globals, streams, signal }) }),
    ...written(),
  };
}
