import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Ending } from '../../../tools/demo/ending.ts';
import { misses, readScenarios, type Scenario } from '../../../tools/demo/scenario.ts';

const scenarios = await readScenarios(join(import.meta.dirname, '../../../tools/demo/events'));
const OUTCOMES = ['recovered', 'resolved', 'degraded', 'compensated', 'dead-lettered', 'ignored', 'rejected'];

describe('the event files', () => {
  it('show every outcome there is so far', () => {
    expect(new Set(scenarios.map(({ expect: { outcome } }) => outcome))).toEqual(new Set(OUTCOMES));
  });

  it.each(scenarios.map((scenario) => [scenario.event.id, scenario] as const))(
    '%s says what it shows',
    (_, scenario) => {
      const { say, expect: expectation, event } = scenario;
      expect(say.length).toBeLessThanOrEqual(82);
      expect(OUTCOMES).toContain(expectation.outcome);
      const leavesTierOpen = expectation.outcome === 'rejected' || scenario.copies !== undefined;
      expect(expectation.tier === undefined).toBe(leavesTierOpen);
      expect(event).toMatchObject({ version: 1, id: expect.any(String), correlationId: expect.any(String) });
      expect(event).not.toHaveProperty('occurredAt');
    },
  );

  it('are as many as the README says, copies included', () => {
    const count = scenarios.reduce((sum, { copies = 1 }) => sum + copies, 0);
    expect(readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8')).toContain(`: ${count} events,`);
  });

  it('share a correlation id only where they share the id', () => {
    const pairs = new Set(scenarios.map(({ event }) => `${event.id} ${event.correlationId}`));
    expect(new Set(scenarios.map(({ event }) => event.id)).size).toBe(pairs.size);
    expect(new Set(scenarios.map(({ event }) => event.correlationId)).size).toBe(pairs.size);
  });
});

describe('misses', () => {
  const event = { id: 'a', correlationId: 'c' };
  const ending: Ending = { id: 'a', outcome: 'recovered', tier: 'hot', endedAt: 0 };
  const call = { at: 0, method: 'POST', path: '/ok', correlationId: 'c' };

  it.each<[string, Scenario['expect'], string[]]>([
    ['nothing where all is as expected', { outcome: 'recovered', tier: 'hot', calls: 2, effects: 1 }, []],
    ['nothing that the file leaves open', { outcome: 'recovered' }, []],
    ['another outcome', { outcome: 'ignored' }, ['expected outcome ignored, got recovered']],
    ['another tier', { outcome: 'recovered', tier: 'warm' }, ['expected tier warm, got hot']],
    ['another fallback', { outcome: 'recovered', fallback: 'skip' }, ['expected fallback skip, got none']],
    ['a step that is not undone', { outcome: 'recovered', undone: '1 of 1' }, ['expected undone 1 of 1, got none']],
    ['a missing rule', { outcome: 'recovered', rule: 'r' }, ['expected rule r, got none']],
    ['a call too many', { outcome: 'recovered', calls: 1 }, ['expected calls 1, got 2']],
    ['a second effect', { outcome: 'recovered', effects: 0 }, ['expected effects 0, got 1']],
  ])('tell of %s', (_, expectation, expected) => {
    const seen = { calls: [call, call, { ...call, correlationId: 'other' }], effects: [call] };
    expect(misses({ say: '', expect: expectation, event }, ending, seen)).toEqual(expected);
  });
});
