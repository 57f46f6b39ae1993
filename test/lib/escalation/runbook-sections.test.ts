import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sectionsFor } from '../../../lib/escalation/runbook-sections.ts';

const sections = sectionsFor('docs/runbook.md');

it.each([
  'dead-letter-permanent',
  'dead-letter-exhausted',
  'dead-letter-deadline',
  'dead-letter-unknown-result',
  'dead-letter-conflict',
  'dead-letter-handler-failed',
  'undo-incomplete',
  'decision-needed',
  'circuit-open',
  'sagas',
  'alarms',
  'lane-dead-letters',
])('has a text for alerts where the runbook has no address: %s', (name) => {
  expect(sections[name]).toMatch(/\w/);
  expect(sections[name]?.length).toBeLessThanOrEqual(1_300);
  expect(sections[name]).not.toMatch(/\]\(|```|\*\*/);
});

it.each(['https://wiki.example.com/runbook', 'http://localhost/runbook'])('has none beside the link %s', (url) => {
  expect(sectionsFor(url)).toEqual({});
});

it('says where the rest of a cut section is', () => {
  const cut = Object.entries(sections).filter(([, text]) => text.includes('\n…'));
  expect(cut.length).toBeGreaterThan(0);
  for (const [name, text] of cut) expect(text).toContain(`\n… The rest: docs/runbook.md#${name}`);
});

it('shortens what a section explains, and never what to do', () => {
  const runbook = readFileSync(join(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');
  const withAct = runbook.split(/^#{2,3} /m).filter((part) => part.includes('\n**Act'));
  expect(withAct.length).toBeGreaterThan(20);
  for (const part of withAct) {
    const name = part.split('\n', 1)[0]?.toLowerCase().replaceAll(' ', '-') ?? '';
    const text = sections[name] ?? '';
    const act = text.slice(text.search(/^Act/m));
    expect(act, name).toMatch(/^Act/);
    expect(act, name).not.toContain('\n…');
    expect(words(act).slice(-3), name).toEqual(words(part.replaceAll(/\]\([^()]*\)|^```.*$/gm, '')).slice(-3));
  }
});

function words(text: string): readonly string[] {
  return text.split(/\W+/).filter((word) => word !== '');
}
