import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Races } from './races.ts';
import { failure } from './world.ts';

let scene: Races;
beforeAll(async () => {
  scene = await Races.start();
});
afterAll(() => scene?.world.stop());

describe.concurrent('a write', () => {
  it('goes out as it is where there is no conflict', async () => {
    const path = '/documents/strong/alone';
    scene.documents.put(path, { count: 1 });
    const operation = { method: 'PUT', path, body: { count: 2 }, ifMatch: scene.documents.etag(path) };
    const detail = failure(path, { dependency: 'merged', operation });
    await scene.world.send(detail);
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'recovered', attempts: 1 });
    expect(scene.documents.get(path)).toEqual({ count: 2 });
  });

  it.each([
    ['later', '2026-01-02T00:00:00Z', 'ours'],
    ['earlier', '2026-01-02T00:00:00Z', 'theirs'],
  ])('that is %s wins or gives way, by the times of both', async (_, newest, winner) => {
    const old = { updatedAt: '2026-01-01T00:00:00Z', from: 'old' };
    const fresh = { updatedAt: newest, from: 'new' };
    const [ours, theirs] = winner === 'ours' ? [fresh, old] : [old, fresh];
    const { path, detail } = scene.race({ dependency: 'latest', base: { from: 'base' }, ours, theirs });
    await scene.world.send(detail);
    const entry = await scene.world.settled(detail.id);
    expect(entry).toMatchObject({ outcome: 'resolved', tier: 'hot', conflict: { winner } });
    expect(scene.documents.get(path)).toEqual(fresh);
    expect(scene.writesTo(path)).toHaveLength(winner === 'ours' ? 1 : 0);
    // The settle deletes data that nobody needs any more.
    expect(entry.failure).toBeUndefined();
  });

  it.each(['strong', 'weak'])('is merged with what somebody else has written, by the fresh %s ETag', async (kind) => {
    const base = {
      name: 'A',
      city: 'Bonn',
      items: [
        { sku: 1, n: 1 },
        { sku: 2, n: 1 },
      ],
    };
    const ours = {
      ...base,
      name: 'B',
      items: [
        { sku: 1, n: 5 },
        { sku: 2, n: 1 },
      ],
    };
    const theirs = {
      ...base,
      city: 'Ulm',
      items: [
        { sku: 1, n: 1 },
        { sku: 2, n: 7 },
      ],
    };
    const { path, detail } = scene.race({ dependency: 'merged', kind, base, ours, theirs });
    const fresh = scene.documents.etag(path);
    await scene.world.send(detail);
    const entry = await scene.world.settled(detail.id);
    expect(entry).toMatchObject({
      outcome: 'resolved',
      conflict: { end: 'resubmitted', winner: 'merged', version: fresh },
    });
    const items = [
      { sku: 1, n: 5 },
      { sku: 2, n: 7 },
    ];
    expect(scene.documents.get(path)).toEqual({ name: 'B', city: 'Ulm', items });
    expect(scene.writesTo(path)).toMatchObject([{ ifMatch: fresh, status: 200 }]);
    expect(entry.trail.map(({ step }) => step)).toContain('conflict-compared');
  });

  it('is merged where the dependency asks for a version that the caller did not name', async () => {
    const operation = { method: 'PATCH', ifMatch: undefined, body: { city: 'Ulm' } };
    const { path, detail } = scene.race({
      dependency: 'merged',
      base: { n: 1 },
      theirs: { n: 2 },
      operation,
      statusCode: 428,
    });
    await scene.world.send(detail);
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'resolved' });
    expect(scene.documents.get(path)).toEqual({ n: 2, city: 'Ulm' });
  });

  it('and another at the same time both arrive', async () => {
    const base = { a: 0, b: 0, c: 0 };
    const path = '/documents/strong/at-once';
    scene.documents.put(path, base);
    const stale = scene.documents.etag(path);
    scene.documents.put(path, { ...base, c: 1 });
    const details = ['a', 'b'].map((field) => {
      const operation = { method: 'PUT', path, body: { ...base, [field]: 1 }, base, ifMatch: stale };
      return failure(path, { dependency: 'merged', operation, error: { statusCode: 412 } });
    });
    await scene.world.send(...details);
    for (const { id } of details) expect(await scene.world.settled(id)).toMatchObject({ outcome: 'resolved' });
    expect(scene.documents.get(path)).toEqual({ a: 1, b: 1, c: 1 });
  });

  it('that was there already is resolved, and not made again', async () => {
    const { path, detail } = scene.race({ dependency: 'asked', ours: { n: 2 }, theirs: { n: 2 } });
    await scene.world.send(detail);
    expect(await scene.world.settled(detail.id)).toMatchObject({
      outcome: 'resolved',
      conflict: { end: 'already-applied' },
    });
    expect(scene.writesTo(path)).toEqual([]);
  });

  it('whose deletion somebody else has made is resolved', async () => {
    const { detail } = scene.race({ dependency: 'merged', operation: { method: 'DELETE', body: undefined } });
    await scene.world.send(detail);
    expect(await scene.world.settled(detail.id)).toMatchObject({
      outcome: 'resolved',
      conflict: { end: 'already-deleted' },
    });
  });

  it('is given up after three rounds in which somebody else was always faster', async () => {
    const { path, detail } = scene.race({
      dependency: 'merged',
      kind: 'busy',
      base: { a: 1 },
      ours: { a: 2 },
      theirs: { a: 1 },
    });
    await scene.world.send(detail);
    expect(await scene.world.settled(detail.id)).toMatchObject({
      outcome: 'dead-lettered',
      reason: 'conflict',
      conflict: { rounds: 3, end: 'contended' },
    });
    expect(scene.writesTo(path)).toHaveLength(3);
    expect(await scene.deadLetterOf(detail.id)).toMatchObject({ reason: 'conflict', conflict: 'contended' });
  });

  it('is not made at all where nothing would protect what is there', async () => {
    const { path, detail } = scene.race({ dependency: 'merged', kind: 'untagged', ours: { a: 1 }, theirs: { b: 1 } });
    await scene.world.send(detail);
    expect(await scene.world.settled(detail.id)).toMatchObject({
      reason: 'conflict',
      conflict: { end: 'etag-missing' },
    });
    expect(scene.writesTo(path)).toEqual([]);
  });

  it('is left to a human where its dependency names no strategy', async () => {
    const { path, detail } = scene.race({ dependency: 'orders', ours: { a: 1 }, theirs: { b: 1 } });
    await scene.world.send(detail);
    expect(await scene.world.settled(detail.id)).toMatchObject({
      reason: 'conflict',
      conflict: { end: 'rejected' },
      attempts: 0,
    });
    expect(scene.writesTo(path)).toEqual([]);
  });
});

describe.concurrent("a team's own function", () => {
  it.each([
    [5, 3, { outcome: 'resolved', conflict: { winner: 'merged' } }, 5],
    [3, 5, { outcome: 'resolved', conflict: { winner: 'theirs' } }, 5],
    [undefined, 5, { outcome: 'dead-lettered', reason: 'exhausted', verdict: { rule: 'resolver-failed' } }, 5],
  ])('decides between %s and %s', async (mine, other, expected, count) => {
    const { path, detail } = scene.race({
      dependency: 'advised',
      ours: { count: mine, a: 1 },
      theirs: { count: other },
    });
    await scene.world.send(detail);
    expect(await scene.world.settled(detail.id)).toMatchObject(expected);
    expect(scene.documents.get(path)).toEqual({ count });
  });

  it('may want a human to decide', async () => {
    const { detail } = scene.race({ dependency: 'advised', ours: { count: -1 }, theirs: { count: 1 } });
    await scene.world.send(detail);
    expect(await scene.questionOn(detail.id)).toMatchObject({ because: 'asked-for' });
    await scene.decide({ id: detail.id, choice: 'theirs' });
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'resolved' });
  });
});

describe('a version that was refused', () => {
  it('is never sent again by the same failure', () => {
    expect(scene.refusals().length).toBeGreaterThanOrEqual(3);
    expect(scene.refusals().filter(({ times }) => times > 1)).toEqual([]);
  });
});
