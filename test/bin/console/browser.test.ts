import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConsoleServer } from '../../../bin/console/console-server.ts';
import { toolIn } from '../../e2e/tool.ts';
import { failure, startWorld, type World } from '../../e2e/world.ts';
import { consoleOf, hasBrowser, inBrowser } from './console-world.ts';
import { STORIES } from './stories.ts';
import type { StoryFacts } from './story-steps.ts';

/** A value that the console masks. */
const TOKEN = 'tok_4242424242424242';
/** At most 120 virtual seconds pass in a real one, so that no deadline passes while the browser computes. */
const CLOCK = { pace: 120, longestStepMs: 1_000 };

let world: World;
let served: ConsoleServer;
let servedToReader: ConsoleServer;
let servedToSecond: ConsoleServer;
beforeAll(async () => {
  world = await startWorld({ asking: { conflict: { strategy: 'ask' } } }, CLOCK);
  served = await consoleOf(world);
  servedToSecond = await consoleOf(world);
  const policies = ['ReaderPolicyArn', 'ReaderPolicyArn2'].map(world.output);
  servedToReader = await consoleOf(world, world.cloud.userWith(...policies));
});
afterAll(async () => {
  await served?.stop();
  await servedToReader?.stop();
  await servedToSecond?.stop();
  await world?.stop();
});

describe.skipIf(!hasBrowser)('the console in a browser (skipped without /usr/bin/chromium)', () => {
  it('does what an operator wants, from click to outcome', async () => {
    const operation422 = { method: 'PUT', path: '/status/422', body: { total: 5, cardToken: TOKEN } };
    const dead = failure('/status/422', { operation: operation422 });
    const asking = conflicting('asked', ['Bonn', 'Ulm', 'Trier']);
    const theirs = conflicting('theirs', ['Bonn', 'Mainz', 'Jena']);
    const merged = conflicting('merged', ['Bonn', 'Mainz', 'Jena']);
    const abandon = conflicting('abandon', ['Bonn', 'Mainz', 'Jena']);
    const other = failure('/status/422');
    const spare = failure('/status/422');
    await world.send(dead, other, spare, asking, theirs, merged, abandon);
    await world.settled(dead.id);
    await world.settled(other.id);
    await world.settled(spare.id);
    // What the tool does shows in the console.
    await toolIn(world, 'pause', 'payments', '--why', 'they deploy', '--yes');
    await world.clock.until(async () => {
      const { out } = await toolIn(world, 'decisions');
      for (const { id } of [asking, theirs, merged, abandon]) expect(out).toContain(id);
    });
    const facts: StoryFacts = {
      dead: dead.id,
      other: other.id,
      spare: spare.id,
      asking: asking.id,
      others: { theirs: theirs.id, merged: merged.id, abandon: abandon.id },
      token: TOKEN,
      reader: servedToReader.address,
      second: servedToSecond.address,
    };
    const told = await inBrowser({ set: 'shift', address: served.address, facts }, (work) => world.clock.run(work));
    expect(told).toEqual(Object.keys(STORIES).map((story) => ({ story })));
    // The tool says the same.
    expect(await world.settled(dead.id, 2)).toMatchObject({ outcome: 'recovered', edited: 1 });
    expect(await world.settled(asking.id)).toMatchObject({ outcome: 'resolved' });
    expect(await world.settled(theirs.id)).toMatchObject({ outcome: 'resolved' });
    expect(await world.settled(merged.id)).toMatchObject({ outcome: 'resolved' });
    expect(await world.settled(abandon.id)).toMatchObject({ outcome: 'discarded', reason: 'abandoned' });
    expect(await world.settled(other.id, 3)).toMatchObject({ outcome: 'discarded' });
    expect(await world.settled(spare.id, 2)).toMatchObject({ outcome: 'discarded' });
    const { lanes } = JSON.parse((await toolIn(world, 'status', '--json')).out);
    expect(lanes).toContainEqual(expect.objectContaining({ lane: 'payments', paused: true }));
    const acts = JSON.parse((await toolIn(world, 'audit', '--json')).out);
    const kinds = acts.map(({ action }: { readonly action: string }) => action);
    expect([...new Set(kinds)].toSorted()).toEqual([
      'circuit-forced',
      'circuit-released',
      'decide',
      'discard',
      'edit',
      'incident-acknowledged',
      'lane-paused',
      'lane-resumed',
      'redrive',
      'reveal',
    ]);
  });
});

/** A write that came after that of somebody else. @param cities base, theirs, and ours */
function conflicting(name: string, [base, theirs, ours]: readonly [string, string, string]) {
  const path = `/documents/strong/${name}`;
  const { documents } = world.dependency;
  documents.put(path, { city: base });
  const ifMatch = documents.etag(path);
  documents.put(path, { city: theirs });
  const operation = { method: 'PUT', path, body: { city: ours }, base: { city: base }, ifMatch };
  return failure(path, { dependency: 'asking', operation });
}
