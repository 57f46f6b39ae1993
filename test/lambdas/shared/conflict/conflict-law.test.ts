import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/shared/boundary/failure.ts';
import type { CallResult } from '../../../../lambdas/shared/boundary/http-call.ts';
import type { ConflictSettings } from '../../../../lambdas/shared/boundary/settings.ts';
import type { Choice, Winner } from '../../../../lambdas/shared/conflict/conflict-record.ts';
import type { Advice } from '../../../../lambdas/shared/conflict/resolver.ts';
import type { LedgerEntry } from '../../../../lambdas/shared/ledger/ledger-entry.ts';
import { ConflictScene } from '../../../support/conflict-scene.ts';
import { tell } from '../../../support/conflict-story.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());
beforeEach(() => void vi.spyOn(console, 'log').mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

type State = Readonly<Record<string, number>>;

/** What somebody else, or the network, does at one call of ours. */
type Event =
  | { readonly kind: 'nothing' | 'refused' | 'down' | 'lost' | 'deleted' }
  | { readonly kind: 'put'; readonly state: State };

interface Story {
  readonly conflict: ConflictSettings;
  readonly method: 'PUT' | 'PATCH' | 'DELETE';
  readonly idempotencyKeys: boolean;
  readonly base: State;
  readonly ours: State;
  readonly theirs: State | undefined;
  readonly events: readonly Event[];
  readonly advice: Advice;
  readonly choices: readonly (Choice | undefined)[];
}

const state = fc.record({ a: fc.nat(2), b: fc.nat(2), at: fc.nat(2) }, { requiredKeys: [], noNullPrototype: true });
const kinds = ['nothing', 'nothing', 'refused', 'down', 'lost', 'deleted'] as const;
const event = fc.oneof(
  fc.constantFrom(...kinds).map((kind): Event => ({ kind })),
  state.map((each): Event => ({ kind: 'put', state: each })),
);
const sensitive: readonly string[] = [];
const conflict = fc.constantFrom<ConflictSettings>(
  { strategy: 'merge', arrayKeys: {}, sensitive },
  { strategy: 'last-writer-wins', timestamp: '/at', sensitive },
  { strategy: 'ask', sensitive },
  { strategy: 'function', sensitive },
);
const stories: fc.Arbitrary<Story> = fc.record({
  conflict,
  method: fc.constantFrom('PUT', 'PUT', 'PATCH', 'DELETE'),
  idempotencyKeys: fc.boolean(),
  base: state,
  ours: state,
  theirs: fc.option(state, { nil: undefined }),
  events: fc.array(event, { maxLength: 12 }),
  advice: fc.oneof(
    fc.constantFrom<Advice>({ resolution: 'ours' }, { resolution: 'theirs' }, { resolution: 'ask' }),
    state.map((body): Advice => ({ resolution: 'merged', body })),
  ),
  choices: fc.array(fc.constantFrom<Choice | undefined>('ours', 'ours', 'theirs', 'abandon', undefined), {
    minLength: 1,
  }),
});

const LOST: CallResult = { kind: 'failed', error: { name: 'TimeoutError' } };

function act({ documents, path }: ConflictScene, next: Event, forward: () => CallResult): CallResult {
  switch (next.kind) {
    case 'refused':
      return { kind: 'failed', error: { statusCode: 412 } };
    case 'down':
      return { kind: 'failed', error: { statusCode: 503 } };
    case 'lost':
      forward();
      return LOST;
    case 'deleted':
      documents.delete(path);
      return forward();
    case 'put':
      documents.put(path, next.state);
      return forward();
    case 'nothing':
      return forward();
    default:
      return next satisfies never;
  }
}

/** The failure at its end, and every state of the document on the way there; undefined: there was none. */
async function play({ conflict: settings, method, idempotencyKeys, base, ours, theirs, ...story }: Story) {
  const scene = new ConflictScene(tables, { conflict: settings, idempotencyKeys });
  const events = [...story.events];
  const choices = [...story.choices];
  const after: unknown[] = [];
  const refused: string[] = [];
  const resent: string[] = [];
  let [rounds, mostRounds] = [0, 0];
  scene.askResolver = async () => story.advice;
  scene.atCall = (operation, forward) => {
    const result = act(scene, events.shift() ?? { kind: 'nothing' }, forward);
    after.push(scene.documents.get(scene.path));
    const { ifMatch } = operation;
    if (ifMatch !== undefined && refused.includes(ifMatch)) resent.push(ifMatch);
    const isRefused = result.kind === 'failed' && result.error.statusCode === 412;
    if (isRefused) mostRounds = Math.max(mostRounds, ++rounds);
    if (isRefused && ifMatch !== undefined) refused.push(ifMatch);
    return result;
  };
  const write: Partial<HttpOperation> = { method, ...(method !== 'DELETE' && { body: ours }) };
  const failure = scene.race(base, theirs, write);
  refused.push(failure.operation.ifMatch ?? '');
  const entry = await tell(scene, failure, () => {
    rounds = 0;
    const choice = choices.length > 1 ? choices.shift() : choices[0];
    return (
      choice && {
        choice: choice === 'ours' && method === 'PATCH' && !scene.documents.get(scene.path) ? 'theirs' : choice,
      }
    );
  });
  return { entry, after, resent, mostRounds };
}

const ENDS: readonly [LedgerEntry['outcome'], readonly (string | undefined)[]][] = [
  ['resolved', ['resubmitted', 'already-applied', 'already-deleted', 'theirs-newer', 'decided']],
  ['dead-lettered', ['conflict', 'no-decision', 'exhausted', 'unknown-result']],
  ['discarded', ['abandoned']],
];

/** Whether all that ours has changed is in a state. */
const carries = (whole: unknown, { base, ours }: Pick<Story, 'base' | 'ours'>) =>
  Object.keys({ ...base, ...ours }).every(
    (name) => base[name] === ours[name] || (whole as State | undefined)?.[name] === ours[name],
  );

const holds = (whole: unknown, part: State) =>
  Object.entries(part).every(([name, value]) => (whole as State | undefined)?.[name] === value);

/** What says that a state is the one that was to be written; undefined: nothing was. */
function written(story: Story, winner: Winner | undefined): ((whole: unknown) => boolean) | undefined {
  const {
    method,
    ours,
    advice,
    conflict: { strategy },
  } = story;
  if (winner === 'ours' && method === 'DELETE') return (whole) => whole === undefined;
  if (winner === 'ours' && method === 'PATCH') return (whole) => holds(whole, ours);
  if (winner === 'ours') return (whole) => isDeepStrictEqual(whole, ours);
  if (winner === 'merged' && strategy === 'function') {
    return (whole) => advice.resolution === 'merged' && isDeepStrictEqual(whole, advice.body);
  }
  return winner === 'merged' && method === 'PUT' ? (whole) => carries(whole, story) : undefined;
}

describe('whatever a dependency and others do', () => {
  it('no version is sent twice, no more than three rounds are made, and what was said to be written was written', async () => {
    await fc.assert(
      fc.asyncProperty(stories, async (story) => {
        const { entry, after, resent, mostRounds } = await play(story);
        expect(resent).toEqual([]);
        expect(mostRounds).toBeLessThanOrEqual(3);
        const [, ends = []] = ENDS.find(([outcome]) => outcome === entry.outcome) ?? [];
        expect(ends).toContain(entry.outcome === 'resolved' ? entry.conflict?.end : entry.reason);
        if (entry.outcome !== 'resolved') return;
        const wasThere = written(story, entry.conflict?.winner);
        if (wasThere) expect(after.filter(wasThere)).not.toEqual([]);
      }),
      { numRuns: Number(process.env.RUNS ?? 40) },
    );
  });
});
