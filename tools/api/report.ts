import { join } from 'node:path';
import { ENTRY_POINTS, type EntryPoint } from '../package/entries.ts';
import { type Declaration, publicDeclarations, ROOT, reachedFrom } from './public-api.ts';

/** Path of the report. */
export const REPORT = join(ROOT, 'lib/api-report.md');

/** Lists every public name with its signature in alphabetical order, so that a diff shows what changes for an app. */
export function report(): string {
  const entries = Object.keys(ENTRY_POINTS) as EntryPoint[];
  return `${[INTRODUCTION, ...entries.map(section)].join('\n\n')}\n`;
}

const INTRODUCTION = `# The public API

What an app can import from Backstop, with signatures. \`npm run api:update\` writes this file, and a test compares it with the code.
A change here changes what apps can rely on: say so in the commit.`;

function section(entry: EntryPoint): string {
  const declarations = publicDeclarations(entry);
  const reached = reachedFrom(declarations);
  return `## \`${entry}\`

${declarations.length} names:

${block(declarations)}

Reached through them, and not exported:

${block(reached)}`;
}

function block(declarations: readonly Declaration[]): string {
  return `\`\`\`ts\n${declarations.map(({ text }) => text.replace(/^export /, '')).join('\n\n')}\n\`\`\``;
}
