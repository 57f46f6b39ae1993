import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { failure, PATIENCE, startWorld, type World } from './world.ts';

vi.setConfig({ testTimeout: 120_000 });

const circuit = {
  window: Duration.seconds(2),
  minimumCalls: 5,
  openFor: Duration.seconds(1),
  probeAgainAfter: Duration.seconds(1),
};

let world: World;
beforeAll(async () => {
  world = await startWorld(0.1, { shop: { circuit, timeout: Duration.seconds(2) } });
}, 60_000);
afterAll(() => world?.stop());

/** The circuit as the table holds it. */
async function stored(): Promise<{ readonly kind: string; readonly outbox: boolean }> {
  const key = { TableName: world.output('CircuitsTableName'), Key: { id: { S: 'shop' } }, ConsistentRead: true };
  const { Item } = await world.dynamodb.send(new GetItemCommand(key));
  return { kind: Item?.circuit?.M?.kind?.S ?? 'closed', outbox: Item?.outbox !== undefined };
}

describe('an outage', () => {
  it('is met by probes alone once the circuit is open, and costs none of 200 failures an attempt', async () => {
    const details = Array.from({ length: 200 }, () => failure('/gated/shop', { dependency: 'shop' }));
    const callsOfShop = () => world.dependency.calls.filter(({ path }) => path === '/gated/shop');
    await world.send(...details);
    await vi.waitFor(async () => expect((await stored()).kind).not.toBe('closed'), PATIENCE);

    // Every instance knows by the next second; then three rounds of probes find the dependency down.
    await vi.waitFor(async () => expect(probesFailed()).toBeGreaterThanOrEqual(3), PATIENCE);
    const whileDown = callsOfShop().length;
    const refused = await Promise.all(details.map(({ id }) => world.entry(id)));
    const spent = refused.reduce((sum, entry) => sum + (entry?.attempts ?? 0), 0);
    world.dependency.open('shop');

    const entries = await Promise.all(details.map(({ id }) => world.settled(id)));
    expect(new Set(entries.map(({ outcome }) => outcome))).toEqual(new Set(['recovered']));
    const effects = world.dependency.effects.filter(({ path }) => path === '/gated/shop');
    expect(effects).toHaveLength(200);

    // Each has the attempt that healed it, and those that it had begun before the circuit opened: the rest were probes.
    const attempts = entries.reduce((sum, entry) => sum + entry.attempts, 0);
    expect(attempts - 200).toBeLessThanOrEqual(spent);
    expect(spent).toBeLessThanOrEqual(whileDown);
    expect(whileDown).toBeLessThan(100);
    expect(entries.filter(({ attempts }) => attempts > 1).length).toBeLessThan(50);
  });

  it('is told of, with every change of the circuit', async () => {
    await vi.waitFor(async () => expect(await stored()).toEqual({ kind: 'closed', outbox: false }), PATIENCE);
    const changes = changesLogged();
    expect(changes[0]).toMatchObject({ circuit: 'shop', from: 'closed', to: 'open', reason: 'failure-rate' });
    expect(new Set(changes.map(({ to }) => to))).toEqual(new Set(['open', 'half-open', 'recovering', 'closed']));
  });
});

interface Change {
  readonly circuit: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

function changesLogged(): Change[] {
  const lines = world.logs.flatMap((text) => text.split('\n')).filter((line) => line.includes('circuit state changed'));
  return lines.map((line) => JSON.parse(line));
}

function probesFailed(): number {
  return changesLogged().filter(({ reason }) => reason === 'probe-failed').length;
}
