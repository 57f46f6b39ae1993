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

it('shortens what a section explains before it shortens what to do', () => {
  const runbook = readFileSync(join(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');
  const withAct = runbook.split(/^#{2,3} /m).filter((part) => part.includes('\n**Act'));
  expect(withAct.length).toBeGreaterThan(20);
  const cut: string[] = [];
  for (const part of withAct) {
    const name = part.split('\n', 1)[0]?.toLowerCase().replaceAll(' ', '-') ?? '';
    const text = sections[name] ?? '';
    const act = text.slice(text.search(/^Act/m));
    expect(act, name).toMatch(/^Act/);
    if (act.includes('\n…')) cut.push(name);
    else expect(words(act).slice(-3), name).toEqual(words(part.replaceAll(/\]\([^()]*\)|^```.*$/gm, '')).slice(-3));
  }
  // No other section has so much to do.
  expect(cut).toEqual(['dead-letter-permanent']);
});

function words(text: string): readonly string[] {
  return text.split(/\W+/).filter((word) => word !== '');
}
