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
    const table = new RegExp(`(<!-- table: ${name} -->\\n)[^]*?(\\n<!-- end -->)`);
    text = text.replace(table, (_, begin: string, end: string) => begin + lines.join('\n') + end);
  }
  writeFileSync(DOCUMENT, text);
}
