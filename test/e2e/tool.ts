import { run } from '../../bin/program.ts';
import { openSession } from '../../bin/session/session.ts';
import type { LocalCloud } from '../../tools/local/cloud.ts';
import { captured, type Ended } from '../support/operator.ts';
import type { World } from './world.ts';

/** Runs the whole tool against the embedded cloud, in this process. */
export function toolIn(world: ToolWorld, ...args: readonly string[]): Promise<Ended> {
  return interruptibleToolIn(world, new AbortController().signal, ...args);
}

/** The same, with a signal that interrupts the tool like Ctrl-C. */
export async function interruptibleToolIn(
  { clock, cloud, credentials }: ToolWorld,
  signal: AbortSignal,
  ...args: readonly string[]
): Promise<Ended> {
  const { streams, written } = captured();
  const all = ['--endpoint', cloud.endpoint, ...args];
  const code = await clock.run(
    run(all, { streams, openSession: (globals) => openSession({ globals, streams, signal, credentials }) }),
  );
  return { code, ...written() };
}

interface ToolWorld extends Pick<World, 'clock' | 'cloud'> {
  /** @default - those that may do everything */
  readonly credentials?: LocalCloud['credentials'];
}
