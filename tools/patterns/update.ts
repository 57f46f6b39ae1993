import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourcesBelow } from '../../test/support/imports.ts';
import { ACCEPTED, patternsIn, problemOf, RECORD, seesShortTexts } from './patterns.ts';

/** Checks every pattern of the deployed code again, and records those that take linear time. */
const found = patternsIn(sourcesBelow(join(import.meta.dirname, '../..'), ['lambdas', 'bin', 'lib'])).filter(
  ({ file }) => !seesShortTexts(file),
);
const linear: string[] = [];
for (const pattern of [...new Set(found.map((each) => each.pattern))].sort()) {
  const problem = problemOf(pattern);
  if (problem === undefined) linear.push(pattern);
  else if (!(pattern in ACCEPTED)) {
    const files = found.filter((each) => each.pattern === pattern).map(({ file }) => file);
    console.log(`${pattern} in ${[...new Set(files)].join(', ')}: ${problem}`);
  }
}
writeFileSync(RECORD, `${JSON.stringify(linear, undefined, 2)}\n`);
