import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConsoleServer } from '../../../bin/console/console-server.ts';
import { toolIn } from '../../e2e/tool.ts';
import { failure, startWorld, type World } from '../../e2e/world.ts';
import { consoleOf, hasBrowser, inBrowser } from './console-world.ts';
import { STORIES } from './stories.ts';

/** A value that the console masks. */
const TOKEN = 'tok_4242424242424242';
/** At most 120 virtual seconds pass in a real one, so that no deadline passes while the browser computes. */
const CLOCK = { pace: 120, longestStepMs: 1_000 };

let world: World;
let served: ConsoleServer;
let servedToReader: ConsoleServer;
beforeAll(async () => {
  world = await startWorld({ asking: { conflict: { strategy: 'ask' } } }, CLOCK);
  served = await consoleOf(world);
  const policies = ['ReaderPolicyArn', 'ReaderPolicyArn2'].map(world.output);
  servedToReader = await consoleOf(world, world.cloud.userWith(...policies));
});
afterAll(async () => {
  await served?.stop();
  await servedToReader?.stop();
  await world?.stop();
});

describe.skipIf(!hasBrowser)('the console in a browser (skipped without /usr/bin/chromium)', () => {
  it('does what an operator wants, from click to outcome', async () => {
    const operation422 = { method: 'PUT', path: '/status/422', body: { total: 5, cardToken: TOKEN } };
    const dead = failure('/status/422', { operation: operation422 });
    const path = '/documents/strong/asked';
    world.dependency.documents.put(path, { city: 'Bonn' });
    const ifMatch = world.dependency.documents.etag(path);
    world.dependency.documents.put(path, { city: 'Ulm' });
    const operation = { method: 'PUT', path, body: { city: 'Trier' }, base: { city: 'Bonn' }, ifMatch };
    const asking = failure(path, { dependency: 'asking', operation });
    const other = failure('/status/422');
    await world.send(dead, other, asking);
    await world.settled(dead.id);
    await world.settled(other.id);
    await world.clock.until(async () => expect((await toolIn(world, 'decisions')).out).toContain(asking.id));
    const facts = { dead: dead.id, asking: asking.id, token: TOKEN, reader: servedToReader.address };
    const told = await inBrowser({ set: 'shift', address: served.address, facts }, (work) => world.clock.run(work));
    expect(told).toEqual(Object.keys(STORIES).map((story) => ({ story })));
    // The tool says the same.
    expect(await world.settled(dead.id, 2)).toMatchObject({ outcome: 'recovered', edited: 1 });
    expect(await world.settled(asking.id)).toMatchObject({ outcome: 'resolved' });
    const acts = JSON.parse((await toolIn(world, 'audit', '--json')).out);
    const kinds = acts.map(({ action }: { readonly action: string }) => action);
    expect([...new Set(kinds)].toSorted()).toEqual([
      'circuit-forced',
      'circuit-released',
      'decide',
      'edit',
      'incident-acknowledged',
      'redrive',
      'reveal',
    ]);
  });
});
