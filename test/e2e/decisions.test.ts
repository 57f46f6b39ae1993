import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Races } from './races.ts';

let scene: Races;
beforeAll(async () => {
  scene = await Races.start();
});
afterAll(() => scene?.world.stop());

describe.concurrent('a question', () => {
  it.each([
    ['ours', undefined, { a: 'ours' }],
    ['theirs', undefined, { a: 'theirs' }],
    ['merged', '{"a":"both"}', { a: 'both' }],
  ] as const)('is answered by %s', async (choice, body, expected) => {
    const sides = { base: { a: 'base' }, ours: { a: 'ours' }, theirs: { a: 'theirs' } };
    const { path, detail } = scene.race({ dependency: 'merged', ...sides });
    await scene.world.send(detail);
    const question = await scene.questionOn(detail.id);
    expect(question).toMatchObject({ because: 'both-changed', version: scene.documents.etag(path) });
    expect(JSON.parse(question.shown).difference).toEqual([
      { path: '/a', base: 'base', ours: 'ours', theirs: 'theirs' },
    ]);
    expect(scene.writesTo(path)).toEqual([]);
    await scene.decide({ id: detail.id, question: question.id, choice, body });
    const entry = await scene.world.settled(detail.id);
    expect(entry).toMatchObject({ outcome: 'resolved', question: { answer: { choice, by: 'ops' } } });
    // The decision keeps who and why, but not the body.
    expect(entry.question?.answer).not.toHaveProperty('body');
    expect(scene.documents.get(path)).toEqual(expected);
    expect(entry.trail).toContainEqual(expect.objectContaining({ step: 'decided', by: 'ops', why: 'they said so' }));
    expect(scene.told.some((message) => message.includes(detail.id))).toBe(true);
    await expect(scene.decide({ id: detail.id, choice })).rejects.toThrow('is already settled: resolved');
  });

  it('is answered by abandoning the write', async () => {
    const { path, detail } = scene.race({ dependency: 'asked', ours: { a: 1 }, theirs: { a: 2 } });
    await scene.world.send(detail);
    await scene.questionOn(detail.id);
    await scene.decide({ id: detail.id, choice: 'abandon' });
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'discarded', reason: 'abandoned' });
    expect(scene.documents.get(path)).toEqual({ a: 2 });
  });

  it('about a deleted resource is answered by creating it again', async () => {
    const { path, detail } = scene.race({ dependency: 'merged', ours: { a: 1 } });
    await scene.world.send(detail);
    expect(await scene.questionOn(detail.id)).toMatchObject({ because: 'deleted-meanwhile', state: 'gone' });
    await scene.decide({ id: detail.id, choice: 'ours' });
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'resolved' });
    expect(scene.documents.get(path)).toEqual({ a: 1 });
  });

  it.each([
    ['the form of the ETag has changed', 'weak', { ifMatch: '"v1"' }, 'etag-format-changed'],
    ['the version is not the reason', 'stubborn', {}, 'same-version'],
  ])('is asked where %s', async (_, kind, operation, because) => {
    const { path, detail } = scene.race({
      dependency: 'merged',
      kind,
      base: { a: 1 },
      ours: { a: 2 },
      theirs: { a: 1 },
      operation,
    });
    await scene.world.send(detail);
    expect(await scene.questionOn(detail.id)).toMatchObject({ because });
    await scene.decide({ id: detail.id, choice: 'theirs' });
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'resolved', conflict: { winner: 'theirs' } });
    expect(scene.documents.get(path)).toEqual({ a: 1 });
  });

  it('that nobody answers in time becomes a dead letter', async () => {
    const { detail } = scene.race({ dependency: 'asked', ours: { a: 1 }, theirs: { a: 2 } });
    await scene.world.send(detail);
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'dead-lettered', reason: 'no-decision' });
    expect(await scene.deadLetterOf(detail.id)).toMatchObject({ reason: 'no-decision', conflict: 'asked-for' });
    await expect(scene.decide({ id: detail.id, choice: 'ours' })).rejects.toThrow('is already settled');
  });

  it('is asked again if the state has changed since then', async () => {
    const { path, detail } = scene.race({ dependency: 'asked', ours: { a: 1 }, theirs: { a: 2 } });
    await scene.world.send(detail);
    await scene.questionOn(detail.id);
    scene.documents.put(path, { a: 3 });
    await scene.decide({ id: detail.id, choice: 'ours' });
    expect(await scene.questionOn(detail.id, 2)).toMatchObject({ because: 'changed-since' });
    expect(scene.documents.get(path)).toEqual({ a: 3 });
    await scene.decide({ id: detail.id, choice: 'ours' });
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'resolved' });
    expect(scene.documents.get(path)).toEqual({ a: 1 });
  });

  it('outlives the execution that waits for its answer', async () => {
    const { detail } = scene.race({ dependency: 'asked', ours: { a: 1 }, theirs: { a: 2 } });
    await scene.world.send(detail);
    const { token } = await scene.questionOn(detail.id);
    const [execution] = scene.world.executionsOf(detail.id);
    await scene.world.sfn.send(new StopExecutionCommand({ executionArn: execution?.arn }));
    await scene.world.clock.until(async () => expect((await scene.questionOn(detail.id)).token).not.toBe(token));
    await scene.decide({ id: detail.id, choice: 'ours' });
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'resolved', rescues: 1 });
  });

  it("reaches the machine through the reconciler if the operator's tool could not pass it on", async () => {
    const { detail } = scene.race({ dependency: 'asked', ours: { a: 1 }, theirs: { a: 2 } });
    await scene.world.send(detail);
    await scene.questionOn(detail.id);
    const dies = () => Promise.reject(new Error('the process is dead'));
    await expect(scene.decide({ id: detail.id, choice: 'ours' }, dies)).rejects.toThrow('the process is dead');
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'resolved', rescues: 0 });
  });

  it('shows nobody what may not be seen', async () => {
    const ours = { a: 1, note: 'SECRET-1', email: 'secret-2@example.com' };
    const { detail } = scene.race({
      dependency: 'asked',
      ours,
      theirs: { a: 2, note: 'SECRET-3', email: 'x@example.com' },
    });
    await scene.world.send(detail);
    const question = await scene.questionOn(detail.id);
    expect(question.shown).not.toMatch(/SECRET|secret-2|x@example/);
    await scene.decide({ id: detail.id, choice: 'theirs' });
    await scene.world.settled(detail.id);
    expect(scene.world.logs.filter((line) => /SECRET|secret-2/.test(line))).toEqual([]);
    expect(scene.told.filter((message) => /SECRET|secret-2/.test(message))).toEqual([]);
  });
});

describe.concurrent('what was completed before a write is undone', () => {
  const undo = ['reserve', 'pack'].map((name) => ({
    name,
    dependency: 'orders',
    operation: { method: 'POST', path: `/ok/undo-${name}` },
  }));
  const undone = (id: string) =>
    scene.world.dependency.effects
      .filter(({ correlationId, path }) => correlationId === id && path.includes('undo'))
      .map(({ path }) => path);
  const BACKWARDS = ['/ok/undo-pack', '/ok/undo-reserve'];
  const sides = { ours: { a: 1 }, theirs: { a: 2 } };

  it('where a human has abandoned it', async () => {
    const { path, detail } = scene.race({ dependency: 'asked', ...sides });
    await scene.world.send({ ...detail, undo });
    await scene.questionOn(detail.id);
    expect(undone(detail.id)).toEqual([]);
    await scene.decide({ id: detail.id, choice: 'abandon' });
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'compensated', reason: 'abandoned' });
    expect(undone(detail.id)).toEqual(BACKWARDS);
    expect(scene.documents.get(path)).toEqual({ a: 2 });
  });

  it('where nobody has decided in time, and nobody can any more', async () => {
    const { detail } = scene.race({ dependency: 'asked', ...sides });
    await scene.world.send({ ...detail, undo });
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'compensated', reason: 'no-decision' });
    expect(undone(detail.id)).toEqual(BACKWARDS);
  });

  it('where somebody else was always faster', async () => {
    const { detail } = scene.race({
      dependency: 'merged',
      kind: 'busy',
      base: { a: 1 },
      ours: { a: 2 },
      theirs: { a: 1 },
    });
    await scene.world.send({ ...detail, undo });
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'compensated', reason: 'conflict' });
    expect(undone(detail.id)).toEqual(BACKWARDS);
  });

  it('not where the answer lets it be made', async () => {
    const { path, detail } = scene.race({ dependency: 'asked', ...sides });
    await scene.world.send({ ...detail, undo });
    await scene.questionOn(detail.id);
    await scene.decide({ id: detail.id, choice: 'ours' });
    expect(await scene.world.settled(detail.id)).toMatchObject({ outcome: 'resolved' });
    expect(undone(detail.id)).toEqual([]);
    expect(scene.documents.get(path)).toEqual({ a: 1 });
  });
});

describe('a version that was refused', () => {
  it('is never sent again by the same failure', () => {
    expect(scene.refusals().length).toBeGreaterThanOrEqual(3);
    expect(scene.refusals().filter(({ times }) => times > 1)).toEqual([]);
  });
});
