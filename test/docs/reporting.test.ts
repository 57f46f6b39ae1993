import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { changesIn, changesOfReporting } from '../../tools/package/check/first-failure.ts';

describe('the way from an empty folder', () => {
  const changes = changesOfReporting();

  it('takes five lines besides those that were there', () => {
    expect(changes.map(({ path }) => path)).toEqual(['lib/own-stack.ts', 'lambda/charge.ts']);
    expect(changes.flatMap(({ written }) => written).length).toBeLessThanOrEqual(5);
    for (const line of changes.flatMap(({ written }) => written)) expect(line.length).toBeLessThanOrEqual(120);
  });

  it.each(changes)('is TypeScript before and after: $path', ({ before, after }) => {
    for (const code of [before, after]) expect(transformSync(code, { loader: 'ts' }).warnings).toEqual([]);
    expect(before).not.toContain('backstop');
    expect(after).toContain("from '@backstop-cdk/backstop");
  });

  it('is read from the diffs of the page', () => {
    const page = 'The file, `a.ts`:\n\n```diff\n one\n-two\n+three\n```\n';
    expect(changesIn(page)).toEqual([
      { path: 'a.ts', before: 'one\ntwo\n', after: 'one\nthree\n', written: ['three'] },
    ]);
  });
});
