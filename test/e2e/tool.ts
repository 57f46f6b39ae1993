import { run } from '../../bin/program.ts';
import { openSession } from '../../bin/session/session.ts';
import { captured, type Ended } from '../support/operator.ts';
import type { World } from './world.ts';

/** Runs the whole tool against the embedded cloud, in this process. */
export function toolIn(world: ToolWorld, ...args: readonly string[]): Promise<Ended> {
  return interruptibleToolIn(world, new AbortController().signal, ...args);
}

/** The same, with a signal that interrupts the tool like Ctrl-C. */
export async function interruptibleToolIn(
  { clock, cloud }: ToolWorld,
  signal: AbortSignal,
  ...args: readonly string[]
): Promise<Ended> {
  const { streams, written } = captured();
  const all = ['--endpoint', cloud.endpoint, ...args];
  const code = await clock.run(
    run(all, { streams, openSession: (globals) => openSession({ globals, streams, signal }) }),
  );
  return { code, ...written() };
}

type ToolWorld = Pick<World, 'clock' | 'cloud'>;
