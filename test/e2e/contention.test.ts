import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { failure, startWorld, type World } from './world.ts';

const WRITERS = 25;
const conflict = { strategy: 'merge' } as const;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    lined: { conflict, ordered: true, timeout: Duration.seconds(5) },
    crowd: { conflict, timeout: Duration.seconds(5) },
  });
  // Without a delay, the calls would not overlap.
  world.dependency.slowDown(20);
});
afterAll(() => world?.stop());

/** Each writer sets its own field in a document. All of them read the first version. */
async function write(dependency: string) {
  const { documents } = world.dependency;
  const path = `/documents/strong/${dependency}`;
  documents.put(path, { title: 'as all have read it' });
  const stale = documents.etag(path);
  documents.put(path, { title: 'as the first has written it' });
  const base = { title: 'as all have read it' };
  const details = Array.from({ length: WRITERS }, (_, n) => {
    const operation = { method: 'PUT', path, ifMatch: stale, base, body: { ...base, [`writer${n}`]: n } };
    return failure(path, { dependency, operation, error: { statusCode: 412 } });
  });
  await world.send(...details);
  const entries = await Promise.all(details.map(({ id }) => world.settled(id)));
  const writes = documents.writes.filter((each) => each.path === path);
  return {
    entries,
    document: documents.get(path) as Record<string, unknown>,
    refused: writes.filter(({ status }) => status === 412).length,
    calls: world.dependency.calls.filter((call) => call.path === path).length,
  };
}

const resolved = (entries: readonly LedgerEntry[]) => entries.filter(({ outcome }) => outcome === 'resolved').length;

it('loses no write of 25 to one resource, and none of them races where the lane is ordered', async ({ annotate }) => {
  const [lined, crowd] = await Promise.all([write('lined'), write('crowd')]);
  const figures = [lined, crowd].map(({ entries, refused, calls }) => ({
    resolved: resolved(entries),
    contended: entries.filter(({ conflict }) => conflict?.end === 'contended').length,
    refused,
    calls,
  }));
  await annotate(`ordered ${JSON.stringify(figures[0])}, unordered ${JSON.stringify(figures[1])}`);

  const all = Object.fromEntries(Array.from({ length: WRITERS }, (_, n) => [`writer${n}`, n]));
  expect(lined.document).toEqual({ title: 'as the first has written it', ...all });
  expect(figures[0]).toEqual({ resolved: WRITERS, contended: 0, refused: 0, calls: 2 * WRITERS });

  // Each writer that did not succeed has a dead letter. Every reported success is in the document.
  expect(crowd.document).toMatchObject({ title: 'as the first has written it' });
  expect(figures[1]?.refused).toBeGreaterThan(0);
  for (const [n, { outcome, conflict: { end } = {} }] of crowd.entries.entries()) {
    expect([outcome, end, crowd.document[`writer${n}`]]).toEqual(
      outcome === 'resolved' ? ['resolved', 'resubmitted', n] : ['dead-lettered', 'contended', undefined],
    );
  }
});
