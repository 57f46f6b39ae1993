import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { ConflictSettings } from '../../../../lambdas/contract/settings.ts';
import { ConflictScene, type PlannedFault } from '../../../support/conflict-scene.ts';
import { type Human, tell } from '../../../support/conflict-story.ts';
import { modesAt } from '../../../support/faulty-client.ts';
import { json } from '../../../support/json.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());
// Silences the worker's metrics.
beforeEach(() => void vi.spyOn(console, 'log').mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

const MERGE: ConflictSettings = { strategy: 'merge', arrayKeys: {}, sensitive: [] };
const ASK: ConflictSettings = { strategy: 'ask', sensitive: [] };
const BASE = { a: 1, b: 1 };
const OURS = { a: 2, b: 1 };
const THEIRS = { a: 1, b: 2 };
const BOTH = { a: 2, b: 2 };
const PATCH: Partial<HttpOperation> = { method: 'PATCH', body: json({ a: 2 }) };

interface Case {
  readonly name: string;
  readonly conflict: ConflictSettings;
  readonly operation?: Partial<HttpOperation>;
  readonly human?: Human;
  readonly state: unknown;
  readonly writes: 0 | 1;
  readonly expected: Partial<LedgerEntry>;
}

const CASES: readonly Case[] = [
  {
    name: 'a conflict that is merged in the hot tier',
    conflict: MERGE,
    state: BOTH,
    writes: 1,
    expected: { outcome: 'resolved', tier: 'hot', conflict: { rounds: 0, refused: ['"v1"'], winner: 'merged' } },
  },
  {
    name: 'a patch that is merged in the hot tier',
    conflict: MERGE,
    operation: PATCH,
    state: BOTH,
    writes: 1,
    expected: { outcome: 'resolved', tier: 'hot' },
  },
  ...(['ours', 'theirs', 'abandon'] as const).map(
    (choice): Case => ({
      name: `a question that is answered by ${choice}`,
      conflict: ASK,
      human: () => ({ choice }),
      state: { ours: OURS, theirs: THEIRS, abandon: THEIRS }[choice],
      writes: choice === 'ours' ? 1 : 0,
      expected: { outcome: choice === 'abandon' ? 'discarded' : 'resolved' },
    }),
  ),
  {
    name: 'a question that nobody answers',
    conflict: ASK,
    human: () => undefined,
    state: THEIRS,
    writes: 0,
    expected: { outcome: 'dead-lettered', reason: 'no-decision' },
  },
];

async function run({ conflict, operation, human }: Case, planned?: PlannedFault) {
  const scene = new ConflictScene(tables, { conflict });
  scene.planned = planned;
  const failure = scene.race(BASE, THEIRS, { body: json(OURS), ...operation });
  const entry = await tell(scene, failure, human);
  return { scene, entry };
}

interface Ended {
  readonly scene: ConflictScene;
  readonly entry: LedgerEntry;
  readonly where: string;
}

function endsAs(
  { operation, human, state, writes, expected }: Case,
  undisturbed: LedgerEntry,
  { scene, entry, where }: Ended,
): void {
  // Nothing may repeat an interrupted patch, so its result stays unknown.
  if (entry.reason === 'unknown-result') expect(operation?.method, where).toBe('PATCH');
  else expect([entry.outcome, scene.documents.get(scene.path)], where).toEqual([expected.outcome, state]);
  expect(scene.effects.length, where).toBeLessThanOrEqual(writes);
  expect(scene.writes.length, where).toBeLessThanOrEqual(1);
  expect(
    scene.writes.map(({ ifMatch }) => ifMatch),
    where,
  ).not.toContain('"v1"');
  // One question per state, and one answer.
  const asked = entry.trail.filter(({ question, step }) => question && step === 'attempt-failed');
  expect(asked.length, where).toBe(human ? 1 : 0);
  expect(entry.trail.filter(({ step }) => step === 'decided').length, where).toBeLessThanOrEqual(1);
  if (entry.outcome !== 'resolved') return;
  // After a lost answer, the next round finds the state that it wrote itself.
  const version = entry.conflict?.end === 'already-applied' ? '"v3"' : '"v2"';
  expect(entry.conflict, where).toMatchObject({ winner: undisturbed.conflict?.winner, version });
}

describe.each(CASES)('$name', (story) => {
  it('ends so, with one write at most, whichever call to DynamoDB fails and however', async () => {
    const { scene: baseline, entry: undisturbed } = await run(story);
    expect(undisturbed).toMatchObject(story.expected);
    for (const [n, names] of baseline.processes.entries()) {
      for (const [index, name] of names.entries()) {
        for (const mode of modesAt(index + n)) {
          const planned = { process: n + 1, fault: { call: index + 1, mode } };
          const where = `${name} (call ${index + 1} of process ${n + 1}) ${mode}`;
          const { scene, entry } = await run(story, planned).catch((error) => {
            throw new Error(where, { cause: error });
          });
          endsAs(story, undisturbed, { scene, entry, where });
        }
      }
    }
  });
});
