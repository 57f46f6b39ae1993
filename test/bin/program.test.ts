import { describe, expect, it } from 'vitest';
import { run } from '../../bin/program.ts';
import { captured } from '../support/operator.ts';

async function help(...command: readonly string[]): Promise<string> {
  const { streams, written } = captured();
  const openSession = () => Promise.reject(new Error('help looks nothing up'));
  expect(await run([...command, '--help'], { streams, openSession })).toBe(0);
  return written().out;
}

/** Names of the commands in a help text, without `help` itself. */
function listedIn(text: string): readonly string[] {
  const [, list = ''] = /\nCommands:\n((?: .*\n)+)/.exec(text) ?? [];
  return [...list.matchAll(/^ {2}([a-z]+)/gm)].flatMap(([, name = '']) => (name === 'help' ? [] : [name]));
}

/** Every command, including groups, with its help text. */
async function everyHelp(path: readonly string[] = []): Promise<readonly (readonly [string, string])[]> {
  const text = await help(...path);
  const below = await Promise.all(listedIn(text).map((name) => everyHelp([...path, name])));
  return [[path.join(' '), text] as const, ...below.flat()];
}

describe('the help of every command', async () => {
  const helps = await everyHelp();
  const [[, whole] = ['', ''], ...commands] = helps;

  it('is listed', () => {
    expect(commands.length).toBeGreaterThan(20);
    expect(whole).toContain('Exit codes: 0 done, 1 failed,');
  });

  it.each(commands)('has an example of that command, and tells of --json: %s', (name, text) => {
    expect(text).toMatch(new RegExp(`\nExamples?:\n  backstop ${name}\\b`));
    expect(text).toContain('--json');
  });

  it.each(helps)('fits into 80 columns: backstop %s', (_, text) => {
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});
