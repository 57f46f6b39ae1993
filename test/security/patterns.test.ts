import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { redaction } from '../../lambdas/domain/conflict/redact.ts';
import { readJson } from '../../lambdas/domain/json/lossless-json.ts';
import { ACCEPTED, patternsIn, problemOf, readRecord, seesShortTexts } from '../../tools/patterns/patterns.ts';
import { DlqScene } from '../bin/commands/dlq-scene.ts';
import { ASK, compared, current, put } from '../lambdas/domain/conflict/conflict-samples.ts';
import { sourcesBelow } from '../support/imports.ts';
import { json } from '../support/json.ts';
import { sampleFailure } from '../support/samples.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('no regular expression takes more than linear time (CWE-1333)', () => {
  const found = patternsIn(sourcesBelow(ROOT, ['lambdas', 'bin', 'lib']));
  const known = new Set([...readRecord(), ...Object.keys(ACCEPTED)]);

  it('in the deployed code', () => {
    expect(found.length).toBeGreaterThan(120);
    // `npm run patterns:update` records what is checked here, so that no later run checks it again.
    const unknown = found.filter(({ pattern, file }) => !known.has(pattern) && !seesShortTexts(file));
    expect(unknown.map((each) => ({ ...each, problem: problemOf(each.pattern) })).filter(isProblem)).toEqual([]);
  });

  it.each([
    String.raw`const path = rawPath.replace(/\/+$/, '');`,
    String.raw`const JWT = /eyJ\w+\./;`,
    String.raw`const EMAIL = /[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@.]{2,}/;`,
    'const NESTED = /^(?:a+)+$/;',
    'const BEHIND = /(?<!x)(?:a|a)+$/;',
    "const fact = new RegExp('^' + name);",
  ])('would be detected: %s', (text) => {
    const problems = patternsIn(new Map([['planted.ts', text]])).map(({ pattern }) => problemOf(pattern));
    expect(problems).toEqual([expect.any(String)]);
  });

  it.each([
    String.raw`/^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w-]{1,80}(\.fifo)?$/`,
    '/(?:AKIA|ASIA)[A-Z2-7]{16}/',
    String.raw`/[\w-]+/g`,
  ])('which %s is not', (literal) => {
    expect(problemOf(literal)).toBeUndefined();
  });
});

function isProblem({ problem }: { readonly problem: string | undefined }): boolean {
  return problem !== undefined;
}

describe('masking a hostile text ends, whatever it repeats (CWE-400)', () => {
  const units = [
    ...['eyJ', '@', 'a@', 'a:b@', '://', '=', 'token=', 'a=', '4', '4 ', '4-', 'DE89', 'Bearer ', 'basic ', '%40', '%'],
    ...[
      'sk_live_',
      'AKIA',
      'SG.',
      '-----BEGIN',
      '-',
      'x.',
      '"',
      '\\',
      '[',
      '.',
      'A1 ',
      'key-',
      '\u200b',
      '\ufdfa',
      ' ',
    ],
  ];

  it.each(units)('%j', (unit) => {
    const text = unit.repeat(262_144 / unit.length);
    const { show, pointer } = redaction([]);
    for (const value of [text, `${text}!`, ` ${text}`]) {
      expect(JSON.stringify(show({ note: value, [value]: 1 }, [])).length).toBeLessThan(1_000);
      expect(pointer([value]).length).toBeLessThan(1_000);
    }
  });

  it('in many small values', () => {
    const state = readJson(JSON.stringify(Array.from({ length: 20_000 }, (_, n) => `eyJ@${n}=:`))) ?? null;
    expect(redaction([]).show(state, [])).toHaveLength(20_000);
  });
});

const scene = DlqScene.inThisFile();

describe.each(['eyJ', 'eyJhbGciOi', '4111 ', 'a@', 'token='])(
  'a conflict and a dead letter full of %j (CWE-400)',
  (unit) => {
    const text = unit.repeat(63_000 / unit.length);

    it('are compared and shown', async () => {
      const found = compared(put({ a: text, b: [text, { [text]: 1 }] }), current({ a: `${text}!`, c: text }), ASK);
      expect(found.kind).toBe('undecided');
      expect(JSON.stringify(found).length).toBeLessThan(10_000);
      const operation = { method: 'PUT', path: '/orders/1', body: json({ a: text, b: [text, text, text] }) } as const;
      const { id } = await scene.dead({ failure: sampleFailure({ operation }) });
      const { out } = await scene.dlq('show', id);
      expect(out.length).toBeLessThan(5_000);
    });
  },
);
