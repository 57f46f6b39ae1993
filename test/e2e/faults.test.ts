import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULTS, faultsAt, idsIn, type MessageBox, messageBox, type Place, Strikes } from './strikes.ts';
import { failure, startWorld, type World } from './world.ts';

let world: World;
let strikes: Strikes;
let deadLetterOf: MessageBox;
let rejectedOf: MessageBox;
/** Functions that received an event twice, by failure. */
const redelivered = new Map<string, Set<string>>();

/** Calls that get a fault, by scenario. A run without faults records them. */
const usual = new Map<string, readonly Place[]>();

beforeAll(async () => {
  world = await startWorld();
  strikes = new Strikes(world);
  deadLetterOf = messageBox(world, [
    'PaymentsDeadLetterQueueUrl',
    'OrdersDeadLetterQueueUrl',
    'AccountsDeadLetterQueueUrl',
  ]);
  rejectedOf = messageBox(world, ['RejectsQueueUrl']);
  world.cloud.redeliver(({ functionId, event }) => {
    const twice = idsIn(event).flatMap((id) => redelivered.get(id) ?? []);
    const name = /Worker|Attempt|Classify|Settle|Publisher/.exec(functionId)?.[0] ?? functionId;
    for (const functions of twice) functions.add(name);
    return twice.length > 0;
  });
  const watching = Object.entries(SCENARIOS).map(async ([name, scenario]) =>
    usual.set(name, await undisturbed(scenario)),
  );
  await Promise.all(watching);
});
afterAll(() => world?.stop());

type Detail = ReturnType<typeof failure>;

interface Scenario {
  readonly make: () => Detail;
  /** Starts the scenario. @default - sends the event */
  readonly start?: (detail: Detail) => Promise<void>;
  /** Prepares the scenario, without faults. */
  readonly before?: (detail: Detail) => Promise<void>;
  /** Callers whose calls get a fault. @default - all callers */
  readonly callers?: RegExp;
  readonly outcome: 'recovered' | 'compensated' | 'dead-lettered';
  readonly cycle?: number;
}

function make(method: string, path: string, change: Record<string, unknown> = {}): Detail {
  const detail = failure('', change);
  return { ...detail, operation: { method, path: path.replace(':id', detail.id), body: { total: 5 } } };
}

const FLOWS: Readonly<Record<string, Scenario>> = {
  'a POST healed in the hot tier': { make: () => make('POST', '/throttled/0/1/:id'), outcome: 'recovered' },
  'a PUT healed in the warm tier': {
    make: () => make('PUT', '/flaky/1/:id', { dependency: 'payments' }),
    outcome: 'recovered',
  },
  'a PUT that is refused': {
    make: () => make('PUT', '/status/400/:id'),
    // All other callers make the same calls as in the warm-tier scenario.
    callers: /Attempt|Classify|Settle|Machine/,
    outcome: 'dead-lettered',
  },
};

const DETOURS: Readonly<Record<string, Scenario>> = {
  'a PUT that must wait, and once more': {
    make: () => make('PUT', '/throttled/1/2/:id', { dependency: 'payments' }),
    callers: /Attempt|Classify/,
    outcome: 'recovered',
  },
  'a dead letter that is redriven': {
    make: () => make('PUT', '/ok/:id', { error: { statusCode: 400 } }),
    before: async ({ id, ...detail }) => {
      await world.send({ id, ...detail });
      await world.settled(id);
    },
    start: redrive,
    callers: /Worker/,
    outcome: 'recovered',
    cycle: 2,
  },
  'a PUT that is refused, and a step before it': {
    make: () => {
      const detail = make('PUT', '/status/400/:id');
      const step = { method: 'PUT', path: `/ok/undo-${detail.id}` };
      return { ...detail, undo: [{ name: 'reserve', dependency: 'payments', operation: step }] };
    },
    callers: /Undo/,
    outcome: 'compensated',
  },
  'a PUT whose execution is aborted': {
    make: () => make('PUT', '/throttled/3/1/:id', { dependency: 'payments' }),
    start: sendAndAbort,
    callers: /Reconciler/,
    outcome: 'recovered',
  },
};

const SCENARIOS = { ...FLOWS, ...DETOURS };

async function redrive({ id }: Detail): Promise<void> {
  const deadLetter = await deadLetterOf(id);
  const QueueUrl = world.output('OrdersLaneQueueUrl');
  await world.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(deadLetter) }));
}

async function sendAndAbort(detail: Detail): Promise<void> {
  await world.send(detail);
  const executionArn = await world.clock.until(() => {
    const [execution] = world.executionsOf(detail.id);
    if (!execution) throw new Error(`${detail.id} has no execution`);
    return execution.arn;
  });
  await world.sfn.send(new StopExecutionCommand({ executionArn }));
}

/** Runs a scenario without faults. @returns its calls to AWS */
async function undisturbed({ make, before, start, callers, cycle }: Scenario): Promise<readonly Place[]> {
  const detail = make();
  await before?.(detail);
  const places = strikes.watch(detail.id);
  await (start ?? world.send)(detail);
  await world.settled(detail.id, cycle);
  // The publisher repeats calls if its batch holds other failures.
  const own = places.filter(({ caller, nth }) => nth === 1 || !caller.includes('Publisher'));
  return own.filter(({ caller }) => callers?.test(caller) ?? true);
}

async function endsOnce({ id, operation }: Detail, { outcome, cycle = 1 }: Scenario, where: string): Promise<void> {
  const entry = await world.settled(id, cycle);
  const story = `${where}: ${JSON.stringify(entry.trail)}`;
  const effects = world.dependency.effects.filter(({ correlationId }) => correlationId === id).length;
  expect(entry.cycle, story).toBe(cycle);
  expect(entry.trail.filter(({ step }) => step === 'settled').length, story).toBe(cycle);
  expect(strikes.eventsOf(id).length, story).toBe(cycle);
  if (entry.outcome === 'recovered' || entry.outcome === 'compensated')
    expect(effects, story).toBeGreaterThanOrEqual(1);
  if ((operation as { method: string }).method === 'POST') {
    expect(effects, story).toBeLessThanOrEqual(1);
    // Nothing may repeat an interrupted POST. Only then, a human must check.
    if (entry.outcome !== 'recovered') expect(entry, story).toMatchObject({ reason: 'unknown-result' });
  } else {
    expect(entry.outcome, story).toBe(outcome);
  }
  if (entry.outcome === 'dead-lettered') expect(await deadLetterOf(id), story).toMatchObject({ reason: entry.reason });
}

// Run one by one and before the faults, because a second delivery also repeats calls of others in the batch.
describe('a message that is delivered twice', () => {
  it.each([
    ['a POST healed in the hot tier', ['Publisher', 'Worker']],
    ['a PUT healed in the warm tier', ['Attempt', 'Publisher', 'Settle', 'Worker']],
    ['a PUT that is refused', ['Attempt', 'Publisher', 'Settle', 'Worker']],
  ])('changes nothing for %s', async (name, functions) => {
    const scenario = FLOWS[name] as Scenario;
    const detail = scenario.make();
    redelivered.set(detail.id, new Set());
    await world.send(detail);
    await endsOnce(detail, scenario, name);
    expect((await world.entry(detail.id))?.outcome).toBe(scenario.outcome);
    expect([...(redelivered.get(detail.id) ?? [])]).toEqual(expect.arrayContaining(functions));
  });
});

describe.concurrent.each(Object.entries(SCENARIOS))('%s', (name, scenario) => {
  it('ends once, with at most one effect, whichever call fails or is cut off, before or after its effect', async () => {
    const places = usual.get(name) ?? [];
    expect(places.length).toBeGreaterThanOrEqual(4);
    const cases = places.flatMap((place, index) =>
      faultsAt(index).map((fault) => ({
        detail: scenario.make(),
        place,
        fault,
        where: `${place.caller} ${place.operation} (${place.nth}) ${fault}`,
      })),
    );
    await Promise.all(
      cases.map(async ({ detail, place, fault, where }) => {
        await scenario.before?.(detail);
        strikes.plan(detail.id, { ...place, fault });
        await (scenario.start ?? world.send)(detail);
        await endsOnce(detail, scenario, where);
      }),
    );
    // A fault that never struck proves nothing.
    const missed = cases.filter(({ detail }) => !strikes.hasStruck(detail.id));
    expect(missed.map(({ where }) => where)).toEqual([]);
  });
});

describe.concurrent('a failing call', () => {
  it('for a credential delays the attempt, and no more', async () => {
    // The four arrive at once in an idle lane. So each gets a new worker, which has no credential yet.
    const cases = FAULTS.map((fault) => ({ detail: make('PUT', '/ok/:id', { dependency: 'accounts' }), fault }));
    for (const { detail, fault } of cases) strikes.plan(detail.id, { operation: 'GetSecretValue', nth: 1, fault });
    await world.send(...cases.map(({ detail }) => detail));
    for (const { detail, fault } of cases) {
      await endsOnce(detail, { make: () => detail, outcome: 'recovered' }, fault);
      expect(strikes.hasStruck(detail.id), fault).toBe(true);
    }
  });

  it('for what is rejected loses none of it', async () => {
    const cases = FAULTS.map((fault) => ({ detail: make('PUT', '/ok/:id', { occurredAt: 'yesterday' }), fault }));
    for (const { detail, fault } of cases) strikes.plan(detail.id, { operation: 'SendMessage', nth: 1, fault });
    await world.send(...cases.map(({ detail }) => detail));
    for (const { detail, fault } of cases) {
      expect(await rejectedOf(detail.id), fault).toMatchObject({ reason: { code: 'invalid-field' } });
      expect(strikes.hasStruck(detail.id), fault).toBe(true);
      expect(await world.entry(detail.id), fault).toBeUndefined();
    }
  });
});
