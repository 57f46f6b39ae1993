import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLaneMessage } from '../../lambdas/domain/boundary/failure-event.ts';
import { publicDeclarations } from '../../tools/api/public-api.ts';

const ROOT = join(import.meta.dirname, '../..');
const DOCS = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
const PAGES = [...readdirSync(ROOT), ...DOCS.map((name) => join('docs', name))].filter((name) => name.endsWith('.md'));

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Code blocks of a language, without a list's indentation. */
function blocks(page: string, language: string): string[] {
  const found = read(page).matchAll(new RegExp(`^( *)\`\`\`${language}\\n([^]*?)^ *\`\`\`$`, 'gm'));
  return [...found].map(([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}

const everyBlock = (language: string) =>
  PAGES.flatMap((page) => blocks(page, language).map((block, index) => [`${page} ${index + 1}`, block] as const));

/** Blocks with a shell syntax error. One shell checks them all, because Node starts processes slowly. */
function unreadableBlocks(): readonly string[] {
  const blocks = everyBlock('sh').map(([, block]) => block);
  const script = 'for n; do shift; bash -n <<<"$n" 2> /dev/null || echo "$(($# + 1))"; done';
  const said = execFileSync('bash', ['-c', script, 'bash', ...blocks], { encoding: 'utf8' });
  return said.split('\n').flatMap((left) => (left === '' ? [] : (blocks.at(-Number(left)) ?? [])));
}

describe('the pages', () => {
  const unreadable = unreadableBlocks();

  it.each(everyBlock('json'))('have valid JSON: %s', (_, block) => {
    expect(() => JSON.parse(block)).not.toThrow();
  });

  it.each(everyBlock('sh'))('have commands that a shell reads, and that say all they need: %s', (_, block) => {
    expect(unreadable).not.toContain(block);
    // A shell reads placeholders in angle brackets as redirects. The Mac's shell runs comments as commands.
    expect(block).not.toMatch(/<[A-Za-z…][^>]*>|^#|\s# /m);
  });

  it.each(PAGES)('have links that lead somewhere: %s', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const dead = links.filter((link) => !/^https?:/.test(link) && !leadsSomewhere(page, link));
    expect(dead).toEqual([]);
  });

  it.each(everyBlock('ts'))('import only what the package exports: %s', (_, block) => {
    const exported = new Set(publicDeclarations('@backstop-cdk/backstop').map(({ name }) => name));
    const imports = [...block.matchAll(/import (?:type )?\{([^}]*)\} from '@backstop-cdk\/backstop'/g)];
    const names = imports.flatMap(([, list = '']) => list.split(',').map((name) => name.trim()));
    expect(names.filter((name) => !exported.has(name))).toEqual([]);
  });
});

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
}

/** Anchors as GitHub derives them from headings. */
function anchorsOf(page: string): string[] {
  const headings = [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the example events', () => {
  const now = Date.now();
  const options = { dependency: 'payments', now, retentionMs: 30 * 86_400_000 };
  const occurredAt = new Date(now).toISOString();

  it('are accepted once they occurred just now: the conflict to try', () => {
    const detail = { occurredAt, ...JSON.parse(read('docs/examples/conflict.json')) };
    const body = JSON.stringify({ 'detail-type': 'Operation Failed', detail });
    const accepted = parseLaneMessage(body, { ...options, dependency: 'customers' });
    expect(accepted).toMatchObject({
      kind: 'failure',
      failure: { operation: { ifMatch: '"v1"', base: '{"city":"Bonn"}' } },
    });
  });

  it('are accepted once they occurred just now: the one that ships', () => {
    const detail = { occurredAt, ...JSON.parse(read('docs/examples/operation-failed.json')) };
    const body = JSON.stringify({ 'detail-type': 'Operation Failed', detail });
    expect(parseLaneMessage(body, options)).toMatchObject({ kind: 'failure', failure: { occurredAt } });
  });

  it('are accepted once they occurred just now: the one of docs/events.md', () => {
    const detail = blocks('docs/events.md', 'json').find((block) => block.includes('correlationId')) ?? '';
    const body = JSON.stringify({ ...JSON.parse(detail), occurredAt });
    expect(parseLaneMessage(body, options)).toMatchObject({ kind: 'failure', failure: { occurredAt } });
  });

  it('are accepted: the dead letter that the runbook rewrites', () => {
    const [, body = ''] = /--message-body '([^']+)'/.exec(read('docs/runbook.md')) ?? [];
    expect(parseLaneMessage(body, options)).toEqual({
      kind: 'redrive',
      deadLetter: { key: 'payments/order-1-charge', id: 'order-1-charge', cycle: 1 },
    });
  });
});
