import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The runbook, in a checkout and in the package. */
const FILES = ['../../docs/runbook.md', '../docs/runbook.md'].map((path) => join(import.meta.dirname, path));

/** Longest text of a section in an alert: PagerDuty, Slack and OpsCenter take no more than some thousand characters. */
const MAX_LENGTH = 1_200;

/**
 * Texts of the runbook's sections by name, for alerts. Empty if the runbook has an address, because a link is better.
 *
 * @param runbookUrl the address in the config
 */
export function sectionsFor(runbookUrl: string): Readonly<Record<string, string>> {
  const file = FILES.find((path) => existsSync(path));
  if (/^https?:/.test(runbookUrl) || file === undefined) return {};
  const parts = readFileSync(file, 'utf8')
    .split(/^#{2,3} /m)
    .slice(1);
  return Object.fromEntries(parts.map(sectionOf).filter(([, text]) => text !== ''));
}

function sectionOf(part: string): readonly [name: string, text: string] {
  const [title = '', ...lines] = part.split('\n');
  const name = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .trim()
    .replaceAll(' ', '-');
  const text = lines
    .join('\n')
    .replaceAll(/\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replaceAll(/\*\*|^```.*$/gm, '')
    .replaceAll(/\n{2,}/g, '\n')
    .trim();
  return [name, text.length <= MAX_LENGTH ? text : `${text.slice(0, text.lastIndexOf('\n', MAX_LENGTH))}\n…`];
}
