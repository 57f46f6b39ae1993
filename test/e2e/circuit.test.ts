import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloudCall, Fault } from '../../tools/local/cloud.ts';
import { failure, startWorld, type World } from './world.ts';

// The tests run concurrently, each with its own circuit, because they mostly wait.
const circuit = {
  window: Duration.seconds(2),
  minimumCalls: 5,
  confidence: 0,
  openFor: Duration.seconds(3),
  probeAgainAfter: Duration.seconds(1),
};
/** After a second every instance knows about a change. Calls that it admitted before arrive a while later. */
const SETTLING_MS = 2_000;

let world: World;
const published: StateChanged[] = [];
/** Number of processes killed right after they took a probe's lease. */
let killed = 0;

/** A circuit change in logs and events. */
interface Change {
  readonly circuit: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** Detail of `Circuit State Changed`. */
interface StateChanged extends Change {
  readonly eventId: string;
  readonly at: string;
}

function eventsIn(body: string): StateChanged[] {
  const { Entries } = JSON.parse(body) as { readonly Entries: readonly { DetailType: string; Detail: string }[] };
  return Entries.flatMap(({ DetailType, Detail }) =>
    DetailType === 'Circuit State Changed' ? JSON.parse(Detail) : [],
  );
}

/** Kills the first prober of `parcels`. Makes the circuit of `stamps` unreachable. */
function faultOf({ caller, body }: CloudCall): Fault | undefined {
  if (!body.includes(world.output('CircuitsTableName')) || caller.includes('Publisher')) return undefined;
  if (body.includes('"id":{"S":"stamps"}')) return 'fail-before';
  const isProbe = body.includes('"id":{"S":"parcels"}') && body.includes('"half-open"') && body.includes('"token"');
  return isProbe && killed++ === 0 ? 'kill-after' : undefined;
}

beforeAll(async () => {
  world = await startWorld({
    shop: { circuit, timeout: Duration.seconds(2) },
    parcels: { circuit: { ...circuit, minimumCalls: 3, probes: 1, openFor: Duration.seconds(1) }, maxConcurrency: 2 },
    stamps: { circuit: { minimumCalls: 1, confidence: 0, openFor: Duration.hours(1) }, maxConcurrency: 2 },
  });
  world.cloud.inject((call) => {
    if (call.operation === 'PutEvents') published.push(...eventsIn(call.body));
    return faultOf(call);
  });
});
afterAll(() => world?.stop());

/** The circuit's state in the table. */
async function stored(): Promise<{ readonly kind: string; readonly outbox: boolean }> {
  const key = { TableName: world.output('CircuitsTableName'), Key: { id: { S: 'shop' } }, ConsistentRead: true };
  const { Item } = await world.dynamodb.send(new GetItemCommand(key));
  return { kind: Item?.circuit?.M?.kind?.S ?? 'closed', outbox: Item?.outbox !== undefined };
}

/** Time when every instance knew about the first opening and all earlier calls had arrived. */
function knownAt(): number {
  const opening = published.find(({ circuit, to }) => circuit === 'shop' && to === 'open');
  if (!opening) throw new Error('the circuit has not opened');
  return Date.parse(opening.at) + SETTLING_MS;
}

/** Arrival time of an attempt's call. */
function calledAt(id: string, attempt: unknown): number {
  const call = world.dependency.calls.filter(({ correlationId }) => correlationId === id)[Number(attempt) - 1];
  if (!call) throw new Error(`attempt ${attempt} of ${id} made no call`);
  return call.at;
}

/** Runs a part of the story once, whichever test asks first. So each test also runs alone. */
function once<T>(part: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= part();
    return result;
  };
}

/** The shop is down: 50 failures arrive, and every instance knows that the circuit is open. */
const outage = once(async () => {
  const details = Array.from({ length: 50 }, () => failure('/gated/shop', { dependency: 'shop' }));
  await world.send(...details);
  await world.clock.until(async () => expect((await stored()).kind).not.toBe('closed'));
  // Every instance knows within a second. After that, probes find the dependency down.
  await world.clock.until(async () => expect(probesFailed()).toBeGreaterThanOrEqual(2));
  return details;
});

/** The shop is up again. Returns what was stored and called until then. */
const recovery = once(async () => {
  const details = await outage();
  const refused = await Promise.all(details.map(({ id }) => world.entry(id)));
  // Count after the read, and without calls that are only announced. So every spent attempt has its call here.
  const whileDown = world.dependency.calls.filter(({ path }) => path === '/gated/shop').length;
  world.dependency.open('shop');
  return { details, refused, whileDown };
});

describe.concurrent('an outage', () => {
  it('is met by probes alone once the circuit is open, and costs none of 50 failures an attempt', async () => {
    const { details, refused, whileDown } = await recovery();
    const spent = refused.reduce((sum, entry) => sum + (entry?.attempts ?? 0) - (entry?.inFlight ? 1 : 0), 0);
    const entries = await Promise.all(details.map(({ id }) => world.settled(id)));
    const failedLater = entries.flatMap(({ id, trail }) =>
      trail.filter(({ step, attempt }) => step === 'attempt-failed' && calledAt(id, attempt) > knownAt()),
    );
    expect(failedLater.length).toBeGreaterThanOrEqual(2);
    expect(failedLater.filter(({ probe }) => probe === undefined)).toEqual([]);
    expect(new Set(entries.map(({ outcome }) => outcome))).toEqual(new Set(['recovered']));
    const effects = world.dependency.effects.filter(({ path }) => path === '/gated/shop');
    expect(effects).toHaveLength(50);

    // Each failure has its successful attempt and those from before the opening. All other calls were probes.
    const attempts = entries.reduce((sum, entry) => sum + entry.attempts, 0);
    const announced = refused.filter((entry) => entry?.inFlight).length;
    expect(attempts - 50).toBeLessThanOrEqual(spent + announced);
    expect(spent).toBeLessThanOrEqual(whileDown);
    expect(whileDown).toBeLessThan(25);
    expect(entries.filter(({ attempts }) => attempts > 1).length).toBeLessThan(10);
  });

  it('is published and logged, with every change of the circuit', async () => {
    await recovery();
    await world.clock.until(() => expect(changesOf('shop', 'closed')).not.toEqual([]));
    await world.clock.until(async () => expect(await stored()).toEqual({ kind: 'closed', outbox: false }));
    const changes = published.filter(({ circuit }) => circuit === 'shop');
    expect(changes[0]).toMatchObject({ from: 'closed', to: 'open', reason: 'failure-rate' });
    expect(new Set(changes.map(({ to }) => to))).toEqual(new Set(['open', 'half-open', 'recovering', 'closed']));
    const steps = (list: readonly Change[]) => list.map(({ from, to, reason }) => `${from} → ${to}, ${reason}`);
    expect(steps(changes)).toEqual(expect.arrayContaining(steps(changesLogged())));
    for (const { eventId } of published) expect(eventId).toMatch(/^circuit\.[a-z]+\.\d+\.\d+$/);
  });
});

describe.concurrent('all failures recover once', () => {
  async function recovered(details: readonly { readonly id: string }[], path: RegExp) {
    const entries = await Promise.all(details.map(({ id }) => world.settled(id)));
    expect(new Set(entries.map(({ outcome }) => outcome))).toEqual(new Set(['recovered']));
    expect(world.dependency.effects.filter((effect) => path.test(effect.path))).toHaveLength(details.length);
  }

  it('where a prober dies with its lease, which is taken over when it ends', async () => {
    await outage();
    const details = Array.from({ length: 6 }, () => failure('/gated/parcels', { dependency: 'parcels' }));
    await world.send(...details);
    await world.clock.until(() => expect(changesOf('parcels', 'open')).not.toEqual([]));
    world.dependency.open('parcels');
    await recovered(details, /^\/gated\/parcels$/);
    expect(killed).toBeGreaterThan(0);
    const [halfOpen, again] = [changesOf('parcels', 'half-open')[0], changesOf('parcels', 'recovering')[0]];
    // A lease lasts two call timeouts of 1 s, plus 5 s.
    expect(Date.parse(again?.at ?? '') - Date.parse(halfOpen?.at ?? '')).toBeGreaterThanOrEqual(7_000);
  });

  it('where nobody can reach the circuits: calls pass', async () => {
    await outage();
    const details = Array.from({ length: 8 }, () => failure('/flaky/1/stamps-:id', { dependency: 'stamps' }));
    await world.send(...details);
    await recovered(details, /\/stamps-/);
    expect(changesOf('stamps', 'open')).toEqual([]);
    expect(world.logs.some((line) => line.includes('circuits table unreachable; calls pass'))).toBe(true);
  });
});

/** Published changes of a circuit to a state. */
function changesOf(circuit: string, to: string): readonly StateChanged[] {
  return published.filter((change) => change.circuit === circuit && change.to === to);
}

/** Logged changes of `shop`. */
function changesLogged(): Change[] {
  const lines = world.logs.flatMap((text) => text.split('\n')).filter((line) => line.includes('circuit state changed'));
  return lines.map((line) => JSON.parse(line) as Change).filter(({ circuit }) => circuit === 'shop');
}

function probesFailed(): number {
  return changesLogged().filter(({ reason }) => reason === 'probe-failed').length;
}
