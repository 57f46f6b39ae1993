import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloudCall, Fault } from '../../tools/local/cloud.ts';
import { failure, startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  world.cloud.inject((call) => faultOf(call));
}, 60_000);
afterAll(() => world?.stop());

/** A call as it was made on an undisturbed way: who made it, what for, and which of its kind it was. */
interface Place {
  readonly caller: string;
  readonly service: string;
  readonly operation: string;
  /** Counts the calls of its caller for one failure to one operation, from 1. */
  readonly nth: number;
}

interface Injection extends Place {
  readonly id: string;
  readonly fault: Fault;
}

const injections = new Map<string, Injection>();
const recorded: CloudCall[] = [];
/** Faults that have struck, so that a test can't pass because its fault never did. */
const struck = new Set<string>();

/** The failure that a call is about: what it says itself, or else what its caller works on. */
function idIn({ body, trigger }: CloudCall): string | undefined {
  return (/\b(f-\d+)\b/.exec(body) ?? /\b(f-\d+)\b/.exec(trigger))?.[1];
}

const counts = new Map<string, number>();

function faultOf(call: CloudCall): Fault | undefined {
  const id = idIn(call);
  const { caller, service, operation } = call;
  const key = `${id} ${caller} ${operation}`;
  const nth = (counts.get(key) ?? 0) + 1;
  counts.set(key, nth);
  recorded.push({ ...call, nth });
  const injection = id === undefined ? undefined : injections.get(id);
  if (!injection || struck.has(injection.id)) return undefined;
  if (injection.caller !== caller || injection.service !== service || injection.operation !== operation)
    return undefined;
  if (injection.nth !== nth) return undefined;
  struck.add(injection.id);
  return injection.fault;
}

const SCENARIOS = {
  'a POST healed in the hot tier': { make: () => withPath('POST', '/throttled/0/1/'), outcome: 'recovered' },
  'a PUT healed in the warm tier': {
    make: () => ({ ...withPath('PUT', '/flaky/1/'), dependency: 'payments' }),
    outcome: 'recovered',
  },
  'a PUT that is refused': { make: () => withPath('PUT', '/status/400/'), outcome: 'dead-lettered' },
} as const;

function withPath(method: string, prefix: string) {
  const detail = failure('');
  return { ...detail, operation: { method, path: `${prefix}${detail.id}`, body: { total: 5 } } };
}

/** The calls of an undisturbed way, once each. */
async function placesOf(make: () => { id: string }): Promise<Place[]> {
  const detail = make();
  await world.send(detail);
  await world.settled(detail.id);
  const mine = recorded.filter((call) => idIn(call) === detail.id);
  return [...new Map(mine.map((call) => [`${call.caller} ${call.operation} ${call.nth}`, call])).values()];
}

const FAULTS: readonly Fault[] = ['fail-before', 'fail-after', 'kill-before', 'kill-after'];

describe.each(Object.entries(SCENARIOS))('%s', (_, { make, outcome }) => {
  it('ends once, with at most one effect, whichever call fails, before or after its effect', async () => {
    const places = await placesOf(make);
    expect(places.length).toBeGreaterThan(5);
    const cases = places.flatMap((place) =>
      FAULTS.map((fault) => {
        const detail = make();
        injections.set(detail.id, { ...place, id: detail.id, fault });
        return { detail, where: `${place.caller} ${place.operation} (${place.nth}) ${fault}` };
      }),
    );
    await world.send(...cases.map(({ detail }) => detail));
    await Promise.all(cases.map(({ detail, where }) => endsOnce(detail, outcome, where)));
    expect(cases.filter(({ detail }) => !struck.has(detail.id)).map(({ where }) => where)).toEqual([]);
  }, 170_000);
});

async function endsOnce(detail: { id: string; operation: { method: string } }, outcome: string, where: string) {
  const entry = await world.settled(detail.id);
  const effects = world.dependency.effects.filter(({ correlationId }) => correlationId === detail.id).length;
  const settlements = entry.trail.filter(({ step }) => step === 'settled');
  const published = recorded
    .filter(({ operation, body }) => operation === 'PutEvents' && body.includes(`\\"${detail.id}\\"`))
    .map(({ body }) => /eventId\\":\\"([^\\]+)/.exec(body)?.[1]);
  expect(settlements, where).toHaveLength(1);
  expect(new Set(published).size, where).toBe(1);
  if (detail.operation.method === 'POST') {
    expect(effects, where).toBeLessThanOrEqual(1);
    // A POST that was cut off midway may not be repeated: then, and only then, a human must look.
    if (entry.outcome !== 'recovered') expect(entry, where).toMatchObject({ reason: 'unknown-result' });
    else expect(effects, where).toBe(1);
  } else {
    expect(entry.outcome, `${where}: ${JSON.stringify(entry.trail)}`).toBe(outcome);
  }
}

describe('a message that is delivered twice', () => {
  it.each(Object.entries(SCENARIOS))(
    'changes nothing for %s',
    async (_, { make, outcome }) => {
      const detail = make();
      const redelivered = new Set<string>();
      world.cloud.redeliver(({ functionId, event }) => {
        if (!event.includes(`${detail.id}`)) return false;
        redelivered.add(functionId);
        return true;
      });
      await world.send(detail);
      const entry = await world.settled(detail.id);
      expect(entry.outcome).toBe(outcome);
      expect(entry.trail.filter(({ step }) => step === 'settled')).toHaveLength(1);
      const effects = world.dependency.effects.filter(({ correlationId }) => correlationId === detail.id);
      expect(new Set(effects.map(({ path }) => path)).size).toBe(outcome === 'recovered' ? 1 : 0);
      if (detail.operation.method === 'POST') expect(effects).toHaveLength(1);
      expect(redelivered.size).toBeGreaterThanOrEqual(1);
    },
    60_000,
  );
});
