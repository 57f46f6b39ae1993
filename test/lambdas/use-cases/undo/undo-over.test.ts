import { expect, it } from 'vitest';
import { CutOffScene } from '../../../support/cut-off-scene.ts';

it('undoes nothing of a failure that is over', async () => {
  const scene = await CutOffScene.of({ state: 'settled', outcome: 'recovered' });
  expect(await scene.process().undo()).toBe('recovered');
  expect(scene.calls).toEqual([]);
  expect((await scene.entry()).undo).toBeUndefined();
});
