import { describe, expect, it } from 'vitest';
import { writeFailure } from '../../../../lambdas/domain/boundary/failure-json.ts';
import type { Gate } from '../../../../lambdas/use-cases/redrive/circuit-gate.ts';
import {
  type DeadLetterQueue,
  HIDDEN_MS,
  type QueueMessage,
  type TargetQueue,
} from '../../../../lambdas/use-cases/redrive/queues.ts';
import { redrive } from '../../../../lambdas/use-cases/redrive/redrive.ts';
import type { Progress, RedrivePorts, RedriveRequest } from '../../../../lambdas/use-cases/redrive/redrive-request.ts';
import { NOW, sampleFailure } from '../../../support/samples.ts';
import { deadLetterOf, MemoryQueues } from './memory-queues.ts';

const ALWAYS: Gate = { passesAt: async () => 0 };

function run(
  queues: MemoryQueues,
  request: Partial<RedriveRequest> = {},
  ports: Partial<RedrivePorts> = {},
): ReturnType<typeof redrive> {
  return redrive(
    { filter: {}, startedAt: NOW, rate: 5, whenHeld: 'wait', ...request },
    {
      source: queues.source,
      target: queues.target,
      gate: ALWAYS,
      dependency: 'payments',
      renew: async () => true,
      now: () => queues.now,
      sleep: queues.sleep,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...ports,
    },
  );
}

const ids = (count: number) => Array.from({ length: count }, (_, n) => `order-${n}`);

describe('redrive', () => {
  it('moves all dead letters to the lane, and empties the queue', async () => {
    const bodies = ids(25).map((id) => deadLetterOf(id));
    const queues = new MemoryQueues(bodies);

    await expect(run(queues)).resolves.toMatchObject({ end: 'done', moved: 25, left: 0 });
    expect(queues.lane.toSorted()).toEqual(bodies.toSorted());
    expect(queues.deadLetters).toEqual([]);
  });

  it('moves events that were never stored as they are', async () => {
    const whole = { 'detail-type': 'Operation Failed', detail: sampleFailure() };
    const queues = new MemoryQueues([JSON.stringify(whole), writeFailure(sampleFailure())]);
    await expect(run(queues, { filter: { dependency: 'payments' } })).resolves.toMatchObject({ moved: 2 });
  });

  it("leaves messages that don't match, are newer or aren't dead letters, and shows them at once", async () => {
    const queues = new MemoryQueues([
      deadLetterOf('a'),
      deadLetterOf('b', { reason: 'permanent' }),
      '{"hello":1}',
      'no JSON',
    ]);
    queues.add(deadLetterOf('late'), NOW + 1);

    const redriven = await run(queues, { filter: { reasons: ['exhausted'] } });

    expect(redriven).toMatchObject({ moved: 1, left: 1, newer: 1, unreadable: 2 });
    expect(queues.visible).toHaveLength(4);
  });

  it('moves messages of any kind if the filter has no conditions', async () => {
    const queues = new MemoryQueues(['no JSON', '{"hello":1}']);
    await expect(run(queues, { includeOther: true })).resolves.toMatchObject({ moved: 2, unreadable: 0 });
  });

  it("doesn't move a failure again that fails during the redrive", async () => {
    const queues = new MemoryQueues(ids(5).map((id) => deadLetterOf(id)));
    queues.step = (call, when) => {
      if (call === 'send' && when === 'after') queues.add(deadLetterOf(`${queues.lane.length}-again`), queues.now);
    };
    await expect(run(queues)).resolves.toMatchObject({ moved: 5, newer: 5 });
  });

  it('begins with one a second, doubles, and comes to the rate', async () => {
    const queues = new MemoryQueues(ids(120).map((id) => deadLetterOf(id)));
    await run(queues, { rate: 8 });
    const perSecond = (from: number, to: number) =>
      queues.arrivals.filter((at) => at >= NOW + from * 1_000 && at < NOW + to * 1_000).length / (to - from);

    expect(perSecond(0, 3)).toBe(1);
    expect(perSecond(3, 6)).toBe(2);
    expect(perSecond(6, 9)).toBe(4);
    expect(perSecond(9, 15)).toBeCloseTo(8, 0);
  });

  it('keeps to the rate with several hands as well', async () => {
    const queues = new MemoryQueues(ids(600).map((id) => deadLetterOf(id)));
    await run(queues, { rate: 100, doublesEveryMs: 100 });
    const [first = 0, last = 0] = [queues.arrivals.at(0), queues.arrivals.at(-1)];
    expect(queues.arrivals).toHaveLength(600);
    expect(last - first).toBeGreaterThan(5_800);
    expect(last - first).toBeLessThan(9_000);
  });

  describe('while the circuit lets no call pass', () => {
    const OPEN_UNTIL = NOW + 45_000;
    const closing = (queues: MemoryQueues): Gate => ({
      passesAt: async () => (queues.lane.length >= 3 && queues.now < OPEN_UNTIL ? OPEN_UNTIL : 0),
    });

    it('waits without hidden messages, and then ramps up again', async () => {
      const queues = new MemoryQueues(ids(12).map((id) => deadLetterOf(id)));
      const told: Progress[] = [];
      const visible: number[] = [];
      const sleep = async (ms: number) => {
        if (queues.lane.length === 3) visible.push(queues.visible.length);
        await queues.sleep(ms);
      };

      const redriven = await run(
        queues,
        { rate: 100 },
        { gate: closing(queues), sleep, onProgress: (each) => told.push(each) },
      );

      expect(redriven).toMatchObject({ end: 'done', moved: 12 });
      expect(told.filter(({ kind }) => kind === 'held')).toEqual([
        { kind: 'held', until: OPEN_UNTIL, subject: { dependency: 'payments' } },
      ]);
      expect(visible.at(-1)).toBe(9);
      const afterwards = queues.arrivals.slice(3);
      expect(afterwards[0]).toBeGreaterThanOrEqual(OPEN_UNTIL);
      expect((afterwards[1] ?? 0) - (afterwards[0] ?? 0)).toBe(1_000);
    });

    it('ends on request, and says when the circuit may admit a call', async () => {
      const queues = new MemoryQueues(ids(12).map((id) => deadLetterOf(id)));
      const redriven = await run(queues, { whenHeld: 'end' }, { gate: closing(queues) });
      expect(redriven).toMatchObject({ end: 'held', moved: 3, heldUntil: OPEN_UNTIL });
      expect(queues.visible).toHaveLength(9);
    });

    it("moves the dead letters of other tenants if only one tenant's circuit is open", async () => {
      const of = (tenant: string) => ids(4).map((id) => deadLetterOf(`${tenant}-${id}`, { tenant }));
      const queues = new MemoryQueues([...of('acme'), ...of('bolt')]);
      const gate: Gate = {
        passesAt: async ({ tenant }) => (tenant === 'acme' && queues.now < OPEN_UNTIL ? OPEN_UNTIL : 0),
      };

      await expect(run(queues, {}, { gate })).resolves.toMatchObject({ end: 'done', moved: 8 });
      expect(queues.lane.slice(0, 4).every((body) => body.includes('bolt'))).toBe(true);
      expect(queues.arrivals[4]).toBeGreaterThanOrEqual(OPEN_UNTIL);
    });
  });

  it('stops between two dead letters when interrupted, and returns its messages to the queue', async () => {
    const queues = new MemoryQueues(ids(12).map((id) => deadLetterOf(id)));
    const interruption = new AbortController();
    const onProgress = () => {
      if (queues.lane.length === 5) interruption.abort();
    };
    const redriven = await run(queues, {}, { signal: interruption.signal, onProgress });
    expect(redriven).toMatchObject({ end: 'interrupted', moved: 5 });
    expect(queues.visible).toHaveLength(7);
  });

  it('stops where another run has taken over', async () => {
    const queues = new MemoryQueues(ids(60).map((id) => deadLetterOf(id)));
    const renew = async () => queues.now < NOW + 15_000;
    const redriven = await run(queues, { rate: 1 }, { renew });
    expect(redriven.end).toBe('lost');
    expect(queues.visible).toHaveLength(60 - redriven.moved);
  });

  it('skips messages that it has held for so long that others may receive them', async () => {
    const queues = new MemoryQueues(ids(3).map((id) => deadLetterOf(id)));
    let naps = 0;
    // Simulates a laptop that sleeps in between.
    const sleep = (ms: number) => queues.sleep(naps++ === 1 ? HIDDEN_MS - 1 : ms);
    const receipts: string[] = [];
    const send = (messages: readonly QueueMessage[]) => {
      receipts.push(...messages.map(({ receipt }) => receipt));
      return queues.target.send(messages);
    };
    await run(queues, {}, { sleep, target: { send } });
    expect(queues.lane.toSorted()).toEqual(ids(3).map((id) => deadLetterOf(id)));
    // It held the third during the nap, and received it again before it sent it.
    expect(receipts).toEqual(['m1/1', 'm2/1', 'm3/2']);
  });

  it('keeps what the lane has refused, and sends it again', async () => {
    const all = ids(200).map((id) => deadLetterOf(id));
    const queues = new MemoryQueues(all);
    let refusals = 0;
    const send: TargetQueue['send'] = (messages) => {
      const isRefusing = messages.length > 1 && refusals < 3;
      if (isRefusing) refusals++;
      return queues.target.send(isRefusing ? messages.slice(0, -1) : messages);
    };
    expect(await run(queues, { rate: 100 }, { target: { send } })).toMatchObject({ end: 'done', moved: 200 });
    expect(refusals).toBe(3);
    expect(queues.lane.toSorted()).toEqual(all.toSorted());
  });

  it('deletes a message that comes back although the lane has it, and does not send it again', async () => {
    const queues = new MemoryQueues(ids(3).map((id) => deadLetterOf(id)));
    let isFirst = true;
    const remove: DeadLetterQueue['remove'] = async (messages) => {
      if (!isFirst) return queues.source.remove(messages);
      isFirst = false;
      // The receipt has expired.
      await queues.source.release(messages);
      return new Set();
    };
    await run(queues, {}, { source: { ...queues.source, remove } });
    expect(queues.lane).toHaveLength(3);
    expect(queues.deadLetters).toEqual([]);
  });

  it('fails where the lane takes nothing, and deletes nothing', async () => {
    const queues = new MemoryQueues(ids(3).map((id) => deadLetterOf(id)));
    await expect(run(queues, {}, { target: { send: async () => new Set() } })).rejects.toThrow('accepted no messages');
    expect(queues.visible).toHaveLength(3);
  });

  describe('cut off at any call', () => {
    const bodies = [...ids(4).map((id) => deadLetterOf(id)), deadLetterOf('other', { reason: 'permanent' })];
    const request = { filter: { reasons: ['exhausted'] } };
    const calls = 16;
    const cuts = Array.from({ length: calls }, (_, call) => call).flatMap((call) =>
      (['before', 'after'] as const).flatMap((when) => [
        { call, when, dies: false },
        { call, when, dies: true },
      ]),
    );

    it.each(cuts)(
      '$when the effect of call $call, dead then: $dies; nothing is lost, and little is there twice',
      async ({ call, when, dies }) => {
        const queues = new MemoryQueues(bodies);
        let made = -1;
        let isOver = false;
        queues.step = (_, at) => {
          if (isOver) throw new Error('the process is dead');
          if (at === 'before') made++;
          if (made !== call || at !== when) return;
          isOver = dies;
          throw new Error('cut off');
        };

        await run(queues, request).catch(() => undefined);
        for (const body of bodies) expect([...queues.lane, ...queues.deadLetters]).toContain(body);

        queues.step = () => undefined;
        queues.now += HIDDEN_MS;
        await run(queues, { ...request, startedAt: NOW });
        expect(queues.deadLetters).toEqual([deadLetterOf('other', { reason: 'permanent' })]);
        expect(new Set(queues.lane)).toEqual(new Set(bodies.slice(0, 4)));
        expect(queues.lane.length).toBeLessThanOrEqual(5);
      },
    );

    it('reaches all of its calls', async () => {
      const queues = new MemoryQueues(bodies);
      let made = 0;
      queues.step = (_, when) => {
        if (when === 'before') made++;
      };
      await run(queues, request);
      expect(made).toBeLessThanOrEqual(calls);
      expect(made).toBeGreaterThan(10);
    });
  });
});
