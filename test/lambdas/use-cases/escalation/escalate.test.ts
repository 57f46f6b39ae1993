import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IncidentNotification } from '../../../../lambdas/domain/escalation/incident.ts';
import {
  type Channel,
  type EscalatePorts,
  EscalationBusyError,
  escalate,
  UntoldError,
} from '../../../../lambdas/use-cases/escalation/escalate.ts';
import type { IncidentStore } from '../../../../lambdas/use-cases/escalation/incident-store.ts';
import { phones, portsIn, storeIn } from '../../../support/phones.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { circuit, deadLetter } from '../../domain/escalation/samples.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const storeOf = () => storeIn(tables);
const portsOf = (channels: readonly Channel[], change?: Partial<EscalatePorts>) => portsIn(tables, channels, change);

const callsTo = (channel: string, calls: readonly string[]) => calls.filter((call) => call.startsWith(channel));
const OUTAGE = [circuit(0, 'open'), deadLetter(1), deadLetter(2)];

describe('escalating', () => {
  it('tells each channel once of a cause, and once when it is over', async () => {
    const { channels, calls } = phones();
    const subject = randomUUID();
    for (const signals of [OUTAGE, [deadLetter(3)], [circuit(9, 'closed')], [circuit(9, 'closed')]]) {
      await escalate(subject, signals, portsOf(channels));
    }
    expect(calls).toEqual([
      'pager trigger unreachable',
      'chat trigger unreachable',
      'pager resolve unreachable',
      'chat resolve unreachable',
    ]);
    const { state } = await storeOf().read(subject);
    expect(state.incidents.unreachable).toMatchObject({ state: 'resolved', count: 4 });
    expect(state.untold).toEqual([]);
  });

  it('writes once for a batch, however many signals it holds', async () => {
    const writes: unknown[] = [];
    const store = storeOf();
    const counting: IncidentStore = {
      ...store,
      replace: (...args) => {
        writes.push(args);
        return store.replace(...args);
      },
    };
    const subject = randomUUID();
    await escalate(subject, OUTAGE, portsOf(phones().channels, { store: counting }));
    const first = writes.length;
    await escalate(
      subject,
      Array.from({ length: 100 }, (_, n) => deadLetter(n % 60)),
      portsOf(phones().channels, { store: counting }),
    );
    expect(writes.length - first).toBe(1);
  });

  it('tells the others although one does not answer, and that one later', async () => {
    let isDown = true;
    const { channels, calls } = phones((_, name) => isDown && name === 'pager');
    const subject = randomUUID();
    await expect(escalate(subject, OUTAGE, portsOf(channels))).rejects.toMatchObject({
      name: 'UntoldError',
      cause: { message: 'pager does not answer' },
    });
    expect(calls).toEqual(['chat trigger unreachable']);
    isDown = false;
    await escalate(subject, [circuit(9, 'closed')], portsOf(channels));
    expect(callsTo('pager', calls)).toEqual(['pager trigger unreachable', 'pager resolve unreachable']);
    expect(callsTo('chat', calls)).toEqual(['chat trigger unreachable', 'chat resolve unreachable']);
  });

  it('sends no alert that might not end within the time of the function, and sends it in the next try', async () => {
    let now = Date.now();
    const clock = { now: () => now };
    const { channels, calls } = phones();
    const slow = channels.map((channel) => ({
      ...channel,
      notify: async (told: IncidentNotification) => {
        await channel.notify(told);
        now += 4_000;
      },
    }));
    const subject = randomUUID();
    const flaps = Array.from({ length: 10 }, (_, n) => circuit(n, n % 2 === 0 ? 'open' : 'closed'));
    await expect(escalate(subject, flaps, portsOf(slow, clock))).rejects.toMatchObject({
      name: 'UntoldError',
      cause: { name: 'EscalationBusyError', message: 'no time is left for more alerts' },
    });
    expect(calls.length).toBeLessThan(6);
    await escalate(subject, [], portsOf(channels, clock));
    for (const { name } of channels) expect(callsTo(name, calls)).toHaveLength(10);
  });

  it('sends nothing more once another instance has the lease, whose clock is far ahead', async () => {
    const { channels, calls } = phones();
    const store = storeOf();
    const takingOver: IncidentStore = {
      ...store,
      async replace(subject, before, next) {
        const isDone = await store.replace(subject, before, next);
        if (calls.length > 0) {
          const teller = { token: 'other', until: Date.now() + 60_000 };
          await store.replace(subject, await store.read(subject), { state: next.state, teller });
        }
        return isDone;
      },
    };
    const flaps = [circuit(0, 'open'), circuit(1, 'closed')];
    const sending = escalate(randomUUID(), flaps, portsOf(channels.slice(0, 1), { store: takingOver }));
    await expect(sending).rejects.toMatchObject({ cause: { message: 'another instance delivers alerts now' } });
    expect(calls).toHaveLength(1);
  });

  it('reports the end of an incident that has come back in the meantime', async () => {
    let isDown = true;
    const { channels, calls } = phones((_, name) => isDown && name === 'pager');
    const subject = randomUUID();
    const again = [circuit(9, 'closed'), circuit(10, 'open'), circuit(11, 'closed')];
    await expect(escalate(subject, [...OUTAGE, ...again], portsOf(channels))).rejects.toThrow(UntoldError);
    isDown = false;
    await escalate(subject, [circuit(12, 'open')], portsOf(channels));
    const pager = calls.filter((call) => call.startsWith('pager')).map((call) => call.split(' ')[1]);
    expect(pager).toEqual(['trigger', 'resolve', 'trigger', 'resolve', 'trigger']);
    expect((await storeOf().read(subject)).state.past).toEqual([]);
  });

  it('alerts once if several instances receive a storm at the same time', async () => {
    const { channels, calls } = phones();
    const subject = randomUUID();
    const bring = async (from: number): Promise<void> => {
      const batch = Array.from({ length: 10 }, (_, n) => deadLetter((from + n) % 60));
      // SQS delivers a failed batch again.
      await escalate(subject, batch, portsOf(channels)).catch((error: unknown) => {
        if (!(error instanceof EscalationBusyError || error instanceof UntoldError)) throw error;
        return bring(from);
      });
    };
    await Promise.all(Array.from({ length: 8 }, (_, n) => bring(n * 10)));
    await escalate(subject, [circuit(59, 'open'), circuit(59, 'closed')], portsOf(channels));
    expect(calls.toSorted()).toEqual([
      'chat resolve unreachable',
      'chat trigger unreachable',
      'pager resolve unreachable',
      'pager trigger unreachable',
    ]);
  });

  it('leaves a signal that arrived in the meantime to the instance that alerts, and keeps its message until all is sent', async () => {
    const subject = randomUUID();
    const { channels, calls } = phones();
    const kept: unknown[] = [];
    let brought: Promise<void> | undefined;
    const slow = channels.map((channel) => ({
      ...channel,
      notify: async (told: IncidentNotification) => {
        await channel.notify(told);
        // While the lease is held, another instance delivers the end.
        brought ??= escalate(subject, [circuit(9, 'closed')], portsOf(channels)).catch(
          (error) => void kept.push(error),
        );
        await brought;
      },
    }));
    await escalate(subject, OUTAGE, portsOf(slow));
    expect(calls).toEqual([
      'pager trigger unreachable',
      'chat trigger unreachable',
      'pager resolve unreachable',
      'chat resolve unreachable',
    ]);
    expect(kept).toEqual([new UntoldError('an alert is not sent yet')]);
    // The message comes back, finds nothing pending, and may go.
    await escalate(subject, [circuit(9, 'closed')], portsOf(channels));
    expect(calls).toHaveLength(4);
  });

  it('leaves the rest to the instance that has taken over an expired lease', async () => {
    const subject = randomUUID();
    const { channels, calls } = phones();
    let now = Date.now();
    const clock = { now: () => now };
    // The second instance is still at work when the first one wakes up.
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const waiting = channels.map((channel) => ({ ...channel, notify: () => gate.then(() => undefined) }));
    let second: Promise<void> | undefined;
    const sleeping = channels.map((channel) => ({
      ...channel,
      notify: async (told: IncidentNotification) => {
        await channel.notify(told);
        now += 61_000;
        second ??= escalate(subject, [deadLetter(3)], portsOf(waiting, clock));
        await new Promise((resolve) => setImmediate(resolve));
      },
    }));
    await expect(escalate(subject, OUTAGE, portsOf(sleeping, clock))).rejects.toMatchObject({
      cause: { message: 'another instance delivers alerts now' },
    });
    // Both were under way when the lease was over.
    expect(calls).toEqual(['pager trigger unreachable', 'chat trigger unreachable']);
    open();
    await second;
    expect((await storeOf().read(subject)).state.untold).toEqual([]);
  });

  // Interrupts each exchange with the table and the channels, before and after its effect.
  const cuts = Array.from({ length: 24 }, (_, n) => [Math.floor(n / 2) + 1, n % 2 === 0 ? 'before' : 'after'] as const);
  it.each(cuts)('loses nothing where it is cut off at exchange %d, %s it takes effect', async (nth, when) => {
    let exchanges = 0;
    let isCut = false;
    const cutting =
      <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
      async (...args: Args): Promise<Result> => {
        exchanges++;
        const isNow = !isCut && exchanges === nth;
        if (isNow && when === 'before') {
          isCut = true;
          throw new Error('cut off');
        }
        const result = await call(...args);
        if (isNow) {
          isCut = true;
          throw new Error('cut off');
        }
        return result;
      };
    const { channels, calls } = phones();
    const store = storeOf();
    let now = Date.now();
    const cut = portsOf(
      channels.map((channel) => ({ ...channel, notify: cutting(channel.notify) })),
      { store: { read: cutting(store.read), replace: cutting(store.replace) }, now: () => now },
    );
    const subject = randomUUID();
    for (const signals of [OUTAGE, [circuit(9, 'closed')]]) {
      let isTaken = false;
      // The message returns while the interrupted instance still has its lease.
      for (let tries = 0; tries < 8 && !isTaken; tries++) {
        isTaken = await escalate(subject, signals, cut).then(
          () => true,
          () => false,
        );
        now += 15_000;
      }
      expect(isTaken).toBe(true);
    }
    for (const name of ['pager', 'chat']) {
      const own = calls.filter((call) => call.startsWith(name)).map((call) => call.split(' ')[1]);
      const [first, last] = [own.indexOf('trigger'), own.lastIndexOf('resolve')];
      expect([first, last >= 0 && last === own.length - 1]).toEqual([0, true]);
      // A message repeats only if the instance crashed before it recorded the first one.
      expect(own.length).toBeLessThanOrEqual(3);
    }
    expect((await storeOf().read(subject)).state.untold).toEqual([]);
  });
});
