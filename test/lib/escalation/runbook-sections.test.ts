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
