/** Renders the pictures of `docs/images` from their sources: `npm run docs:images`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instance } from '@viz-js/viz';
import { drawTerminal } from './terminal.ts';

const IMAGES = join(import.meta.dirname, '../../docs/images');
const read = (name: string) => readFileSync(join(IMAGES, name), 'utf8');

/** Returns each picture by its file name, drawn from the source beside it. */
export async function pictures(): Promise<ReadonlyMap<string, string>> {
  const viz = await instance();
  return new Map([
    ['architecture.svg', viz.renderString(read('architecture.dot'), { format: 'svg', engine: 'neato' })],
    ['run.svg', drawTerminal(read('run.txt'))],
  ]);
}

if (import.meta.main) {
  for (const [name, svg] of await pictures()) writeFileSync(join(IMAGES, name), svg);
}
