import type { VirtualClock } from '../../tools/local/virtual-clock.ts';

interface Client {
  send(...args: never[]): Promise<unknown>;
}

/**
 * Lets virtual time pass while a test's client waits. The SDK repeats a call whose connection broke after a pause. That
 * pause would never end while no time passes.
 */
export function onClock<Sender extends Client>(clock: VirtualClock, client: Sender): Sender {
  const send = client.send.bind(client);
  return Object.assign(client, { send: (...args: never[]) => clock.run(send(...args)) });
}
