import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Choice, Question, Winner } from '../../../../lambdas/contract/conflict-record.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { ConflictSettings } from '../../../../lambdas/contract/settings.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import type { Advice } from '../../../../lambdas/use-cases/conflict/resolve-round.ts';
import { ConflictScene } from '../../../support/conflict-scene.ts';
import { tell } from '../../../support/conflict-story.ts';
import { json } from '../../../support/json.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());
beforeEach(() => void vi.spyOn(console, 'log').mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

type State = Readonly<Record<string, number>>;

/** An event at one call: a change by another writer, or a fault of the network. */
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
const event = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Event>({ kind: 'nothing' }) },
  { weight: 3, arbitrary: fc.constant<Event>({ kind: 'refused' }) },
  { weight: 2, arbitrary: fc.constantFrom<Event>({ kind: 'down' }, { kind: 'lost' }, { kind: 'deleted' }) },
  { weight: 2, arbitrary: state.map((each): Event => ({ kind: 'put', state: each })) },
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
    state.map((body): Advice => ({ resolution: 'merged', body: json(body) })),
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

/** Runs a story and records what is visible from the outside. */
class Told {
  /** The document after each call. Undefined: it didn't exist. */
  readonly after: unknown[] = [];
  /** Versions sent again after a rejection. */
  readonly resent: string[] = [];
  /** Decisions applied to another state than the one in the question. */
  overreached = 0;
  /** Maximum number of rejected writes between two questions. */
  mostRefused = 0;
  readonly #scene: ConflictScene;
  readonly #story: Story;
  readonly #events: Event[];
  readonly #choices: (Choice | undefined)[];
  readonly #refused: string[] = [];
  #refusedSince = 0;
  #decidedAbout: { readonly state: unknown } | undefined;

  constructor(story: Story) {
    const { conflict, idempotencyKeys, events, choices, advice } = story;
    this.#scene = new ConflictScene(tables, { conflict, idempotencyKeys });
    this.#story = story;
    this.#events = [...events];
    this.#choices = [...choices];
    this.#scene.askResolver = async () => advice;
    this.#scene.atCall = (operation, forward) => this.#atCall(operation, forward);
  }

  async end(): Promise<LedgerEntry> {
    const { base, ours, theirs, method } = this.#story;
    const failure = this.#scene.race(base, theirs, { method, body: method === 'DELETE' ? undefined : json(ours) });
    this.#refused.push(failure.operation.ifMatch ?? '');
    return tell(this.#scene, failure, (question) => this.#decide(question));
  }

  get #state(): unknown {
    return this.#scene.documents.get(this.#scene.path);
  }

  #decide({ version }: Question) {
    const next = this.#choices.length > 1 ? this.#choices.shift() : this.#choices[0];
    const state = this.#state;
    // A patch can't restore a deleted document, and Backstop refuses to send a version twice.
    const isPatchOfNothing = this.#story.method === 'PATCH' && state === undefined;
    const isRefused = version !== undefined && this.#refused.includes(version);
    const choice = next === 'ours' && (isPatchOfNothing || isRefused) ? 'theirs' : next;
    this.#refusedSince = 0;
    this.#decidedAbout = { state };
    return choice && { choice };
  }

  #atCall(operation: HttpOperation, forward: () => CallResult): CallResult {
    const { ifMatch } = operation;
    if (ifMatch !== undefined && this.#refused.includes(ifMatch)) this.resent.push(ifMatch);
    const event = this.#events.shift() ?? { kind: 'nothing' };
    const result = act(this.#scene, event, () => this.#forward(forward));
    this.after.push(this.#state);
    const isRefused = result.kind === 'failed' && result.error.statusCode === 412;
    if (isRefused) this.mostRefused = Math.max(this.mostRefused, ++this.#refusedSince);
    if (isRefused && ifMatch !== undefined) this.#refused.push(ifMatch);
    return result;
  }

  #forward(forward: () => CallResult): CallResult {
    const [before, effects] = [this.#state, this.#scene.effects.length];
    const result = forward();
    const isMade = this.#scene.effects.length > effects;
    if (isMade && this.#decidedAbout && !isDeepStrictEqual(before, this.#decidedAbout.state)) this.overreached++;
    return result;
  }
}

const ENDS: readonly [LedgerEntry['outcome'], readonly (string | undefined)[]][] = [
  ['resolved', ['resubmitted', 'already-applied', 'already-deleted', 'theirs-newer', 'decided']],
  ['dead-lettered', ['conflict', 'no-decision', 'exhausted', 'unknown-result']],
  ['discarded', ['abandoned']],
];

/** Whether a state contains all our changes. */
const carries = (whole: unknown, { base, ours }: Pick<Story, 'base' | 'ours'>) =>
  Object.keys({ ...base, ...ours }).every(
    (name) => base[name] === ours[name] || (whole as State | undefined)?.[name] === ours[name],
  );

const holds = (whole: unknown, part: State) =>
  Object.entries(part).every(([name, value]) => (whole as State | undefined)?.[name] === value);

/** Returns a check for the state that the winner should have written. Undefined if nothing was to be written. */
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
    return (whole) => advice.resolution === 'merged' && isDeepStrictEqual(whole, JSON.parse(advice.body));
  }
  return winner === 'merged' && method === 'PUT' ? (whole) => carries(whole, story) : undefined;
}

describe('whatever a dependency and others do', () => {
  const law =
    'no version is sent twice, no more than three rounds are made, and what was said to be written was written';
  it(law, async () => {
    await fc.assert(
      fc.asyncProperty(stories, async (story) => {
        const told = new Told(story);
        const entry = await told.end();
        const { after, resent, mostRefused, overreached } = told;
        expect(resent).toEqual([]);
        expect(overreached).toBe(0);
        expect(mostRefused).toBeLessThanOrEqual(3);
        const [, ends = []] = ENDS.find(([outcome]) => outcome === entry.outcome) ?? [];
        expect(ends).toContain(entry.outcome === 'resolved' ? entry.conflict?.end : entry.reason);
        if (entry.outcome !== 'resolved') return;
        const wasThere = written(story, entry.conflict?.winner);
        if (wasThere) expect(after.filter(wasThere)).not.toEqual([]);
      }),
      { numRuns: 80 },
    );
  });
});
