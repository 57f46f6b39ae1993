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

describe('a group of commands without a command', () => {
  it.each([60, 80, 120])('prints its help at %d columns as --help does', async (columns) => {
    const openSession = () => Promise.reject(new Error('help looks nothing up'));
    const shown = async (...args: readonly string[]) => {
      const { streams, written } = captured(columns);
      await run(args, { streams, openSession });
      return written();
    };
    const { out } = await shown('dlq', '--help');
    expect(out).toMatch(/\n {10,}\S/);
    expect(await shown('dlq')).toEqual({ out: '', err: out });
  });
});

describe('a mistaken command line', () => {
  it('is told where the terminal has no size', async () => {
    const { streams, written } = captured(0);
    const openSession = () => Promise.reject(new Error('a usage error looks nothing up'));
    expect(await run(['foo'], { streams, openSession })).toBe(2);
    expect(written().err).toContain("unknown command 'foo'");
  });

  it.each([
    [
      ['dlq'],
      /^name a command of backstop dlq: ls, show, redrive, edit, discard, runs\nFor usage: backstop dlq --help$/,
    ],
    [['--stack', 'Mine', 'dlq'], /^name a command of backstop dlq: /],
    [[], /^name a command of backstop: status, trace, .*\nFor usage: backstop --help$/],
  ])('is told in JSON, too, where it names no command: %j', async (args, message) => {
    const { code, out, err } = await refused(...args, '--json');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(JSON.parse(err)).toEqual({ error: { code: 2, message: expect.stringMatching(message) } });
  });

  async function refused(...args: readonly string[]) {
    const { streams, written } = captured();
    const openSession = () => Promise.reject(new Error('a usage error looks nothing up'));
    return { code: await run(args, { streams, openSession }), ...written() };
  }

  it.each([
    [['foo'], "unknown command 'foo'", 'For usage: backstop --help'],
    [['stauts'], "unknown command 'stauts'", 'Did you mean status?'],
    [['--stack', 'status', 'stauts'], "unknown command 'stauts'", 'Did you mean status?'],
    [['--stack=Mine', 'stauts'], "unknown command 'stauts'", 'Did you mean status?'],
    [['circuit', '--help'], "unknown command 'circuit'", 'Did you mean circuits?'],
    [['circuits', 'opne'], "'opne'; commands of backstop circuits: ls, open, close, auto", 'Did you mean open?'],
    [['dlq', 'redrvie', '--json'], "unknown command 'redrvie'", 'For usage: backstop dlq --help'],
    [['help', 'foo'], "unknown command 'foo'", 'For usage: backstop --help'],
    [['help', 'dlq', 'foo'], "unknown command 'foo'", 'For usage: backstop dlq --help'],
    [['circuits', 'help', 'foo'], "unknown command 'foo'", 'For usage: backstop circuits --help'],
    [['circuits', 'ls', 'foo'], 'too many arguments', 'For usage: backstop circuits ls --help'],
    [['dlq', 'redrive', '--nope'], "unknown option '--nope'", 'For usage: backstop dlq redrive --help'],
    [['incidents', 'ack'], "missing required argument 'dependency'", 'For usage: backstop incidents ack --help'],
    [['circuits', 'open', 'payments'], '--why is missing', 'For usage: backstop circuits open --help'],
    [['pause', 'payments'], '--why is missing', 'For usage: backstop pause --help'],
    [['dlq', 'redrive', 'payments'], '--why is missing', 'For usage: backstop dlq redrive --help'],
  ])('ends with code 2 and a hint: %j', async (args, message, hint) => {
    const { code, out, err } = await refused(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err).toContain(hint);
  });

  it.each([
    [['foo', '--json'], "unknown command 'foo'"],
    [['dlq', 'ls', '--nope', '--json'], "unknown option '--nope'"],
    [['circuits', 'open', 'payments', '--json'], '--why is missing'],
    [['dlq', 'ls', '--reason', 'exhaused', '--json'], 'Did you mean exhausted?'],
  ])('is one line of JSON with --json: %j', async (args, message) => {
    const { code, out, err } = await refused(...args);
    expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 2, out: '', lines: 2 });
    expect(JSON.parse(err)).toEqual({ error: { code: 2, message: expect.stringContaining(message) } });
  });

  it.each([
    [['dlq', 'ls', '--reason', 'exhaused'], 'Did you mean exhausted?'],
    [['dlq', 'ls', '--verdict', 'permanant'], 'Did you mean permanent?'],
    [['failures', '--status', 'ded'], 'Did you mean dead?'],
    [['dlq', 'redrive', 'payments', '--reason', 'deadlin', '--why', 'x'], 'Did you mean deadline?'],
  ])('names the nearest value of a closed set: %j', async (args, hint) => {
    const { code, err } = await refused(...args);
    expect(code).toBe(2);
    expect(err).toContain(hint);
  });

  it('has its lines, and breaks them at words', async () => {
    const { streams, written } = captured(60);
    const openSession = () => Promise.reject(new Error('nothing is looked up'));
    await run(['stauts'], { streams, openSession });
    const lines = written().err.split('\n');
    expect(lines).toContain('Did you mean status?');
    expect(lines.every((line) => line.length <= 60)).toBe(true);
    expect(lines[0]).toMatch(/^unknown command 'stauts'; commands of backstop: \S+,/);
  });

  it('suggests nothing that is not similar', async () => {
    expect((await refused('foo')).err).not.toContain('Did you mean');
  });

  it.each([[['help', 'dlq', 'redrive']], [['dlq', 'help', 'redrive']], [['dlq', 'redrive', '--help']]])(
    'is none if it asks for help: %j',
    async (args) => {
      expect(await refused(...args)).toMatchObject({
        code: 0,
        out: expect.stringContaining('Usage: backstop dlq redrive'),
      });
    },
  );

  it('is none if it asks for the version', async () => {
    expect(await refused('--version')).toMatchObject({ code: 0, out: '0.1.0\n' });
  });
});
