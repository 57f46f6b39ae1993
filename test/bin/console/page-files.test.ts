import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bundlePage } from '../../../bin/console/page-files.ts';

it('bundles a page of at most 150 KB, compressed', async () => {
  const { files } = await bundlePage();
  const bytes = [...files.values()].reduce((sum, file) => sum + gzipSync(file).length, 0);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThanOrEqual(150 * 1_024);
});
