/** Prints the tables of docs/scale.md, and writes them there with `--write`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scaleTables } from './report.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/scale.md');

const tables = scaleTables();
for (const lines of Object.values(tables)) console.log(`${lines.join('\n')}\n`);
if (process.argv.includes('--write')) {
  let text = readFileSync(DOCUMENT, 'utf8');
  for (const [name, lines] of Object.entries(tables)) {
    const begin = `<!-- table: ${name} -->\n`;
    const from = text.indexOf(begin) + begin.length;
    const to = text.indexOf('<!-- end -->', from);
    if (from < begin.length || to < 0) throw new Error(`docs/scale.md has no table ${name}`);
    text = `${text.slice(0, from)}${lines.join('\n')}\n${text.slice(to)}`;
  }
  writeFileSync(DOCUMENT, text);
}
