import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The runbook, in a checkout and in the package. */
const FILES = ['../../docs/runbook.md', '../docs/runbook.md'].map((path) => join(import.meta.dirname, path));

/** Longest text of a section in an alert: PagerDuty, Slack and OpsCenter take no more than some thousand characters. */
const MAX_LENGTH = 1_200;

/** What a reader opens for the lines that are missing. */
const moreOf = (name: string) => `\n… The rest: docs/runbook.md#${name}`;

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
  const act = lines.findIndex((line) => line.startsWith('**Act'));
  const head = plainText(act < 0 ? lines : lines.slice(0, act));
  return [name, shortened(head, act < 0 ? '' : plainText(lines.slice(act)), moreOf(name))];
}

function plainText(lines: readonly string[]): string {
  return lines
    .join('\n')
    .replaceAll(/\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replaceAll(/\*\*|^```.*$/gm, '')
    .replaceAll(/\n{2,}/g, '\n')
    .trim();
}

/** Whole lines of both. What to do matters most, so it keeps its lines first. */
function shortened(head: string, act: string, more: string): string {
  const shortAct = firstLines(act, MAX_LENGTH, more);
  const shortHead = firstLines(head, MAX_LENGTH - shortAct.length - 1, more);
  return [shortHead, shortAct].filter((text) => text !== '').join('\n');
}

/** As many whole lines as there is room for, with a sign that some are missing. */
function firstLines(text: string, room: number, more: string): string {
  if (text.length <= room) return text;
  const end = text.lastIndexOf('\n', room - more.length);
  return end < 0 ? '' : `${text.slice(0, end)}${more}`;
}
