import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../bin/program.ts';
import { incidentTexts } from '../../lambdas/domain/escalation/texts.ts';
import { sectionsFor } from '../../lib/escalation/runbook-sections.ts';
import { sampleNotification, sampleWhere } from '../lambdas/domain/escalation/samples.ts';
import { captured } from '../support/operator.ts';

const ROOT = join(import.meta.dirname, '../..');
const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => join('docs', name))];

/** Commands in blocks and in sentences. `…` marks an omission. */
const commands = pages
  .filter((name) => name.endsWith('.md'))
  .flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(/(?:^ *|`)backstop ([a-z][^`\n]*)/gm)]
      .map(([, command = '']) => command.split(' | ')[0] ?? '')
      .filter((command) => !/…(?!')/.test(command))
      .map((command) => [page, command] as const);
  });

/** Splits a command like a shell. */
function wordsOf(command: string): readonly string[] {
  const words = command.replaceAll('"$ID"', 'order-1').matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g);
  return [...words].map(([, single, double, bare]) => single ?? double ?? bare ?? '');
}

/** The tool's error message for a command, before any look-up. Empty if the command is valid. */
async function objectionTo(command: string): Promise<string> {
  const { streams, written } = captured();
  const openSession = () => Promise.reject(new Error('opened'));
  const code = await run(wordsOf(command), { streams, openSession });
  const { err } = written();
  // Accepts help of a group, commands without arguments in sentences, and files that don't exist here.
  const isFine =
    code === 0 || /Failed: opened|^Usage: |missing required argument|^name the lane|^can't read /.test(err);
  const isMention = wordsOf(command).length < 3 && err.startsWith('--why is missing');
  return isFine || isMention ? '' : `${code}: ${err}`;
}

it('names many commands', () => {
  expect(commands.length).toBeGreaterThan(80);
});

it.each(commands)('names a command that the tool takes, in %s: backstop %s', async (_, command) => {
  expect(await objectionTo(command)).toBe('');
});

it.each([
  ['unreachable', 'trigger', 'payments'],
  ['unreachable', 'resolve', 'payments'],
  ['decision-needed', 'trigger', 'payments'],
  ['permanent:http-bad-request', 'trigger', 'payments'],
  ['alarm:Rejects', 'trigger', ''],
] as const)('names commands that the tool takes where humans are told: %s, %s', async (cause, telling, subject) => {
  const { commands } = incidentTexts(sampleNotification(telling, { cause }, subject), {
    ...sampleWhere,
    stack: 'Staging',
  });
  for (const command of commands)
    expect(await objectionTo(command.replace(/^npx @backstop-cdk\/backstop /, ''))).toBe('');
});

it.each(Object.entries(sectionsFor('docs/runbook.md')))(
  'names commands that work as pasted, and no example, in an alert with the section %s',
  async (section, text) => {
    const told = sampleNotification('trigger', { section }, 'inventory');
    const { whatToDo } = incidentTexts(told, { ...sampleWhere, stack: 'Staging', sections: { [section]: text } });
    for (const line of whatToDo) {
      expect(line).not.toMatch(/(^ *|`)backstop [a-z][^`…]*(`|$)/);
      for (const [, command = ''] of line.matchAll(/npx @backstop-cdk\/backstop ([^`]*)/g)) {
        if (command.startsWith('"$@"')) continue;
        expect(command).toMatch(/ --region eu-west-1 --stack Staging$/);
        expect(command).not.toMatch(/ payments\b|order-1-charge|\$ID|--why '[^…]/);
        expect(await objectionTo(command)).toBe('');
      }
    }
  },
);
