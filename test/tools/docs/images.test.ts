import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pictures } from '../../../tools/docs/images.ts';
import { drawTerminal } from '../../../tools/docs/terminal.ts';

const IMAGES = join(import.meta.dirname, '../../../docs/images');

describe('the pictures of the documents', async () => {
  it.each([...(await pictures())])('are drawn from their sources (else: npm run docs:images): %s', (name, svg) => {
    expect(readFileSync(join(IMAGES, name), 'utf8')).toBe(svg);
  });
});

describe('a picture of a terminal', () => {
  it('has a line for each line, in its place, and escapes what SVG would take for its own', () => {
    const svg = drawTerminal('$ npm start\n\n✓ a < b & c\n');
    expect(svg.match(/<text /g)).toHaveLength(2);
    expect(svg).toContain('✓</tspan> a &lt; b &amp; c</text>');
  });
});
