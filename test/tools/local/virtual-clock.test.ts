import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { VirtualClock } from '../../../tools/local/virtual-clock.ts';

const HOUR_MS = 3_600_000;
const RealDate = Date;

const realTimeout = setTimeout;

describe('a virtual clock', () => {
  let clock: VirtualClock;
  let begun: number;
  beforeEach(() => {
    clock = new VirtualClock();
    begun = Date.now();
  });
  afterEach(() => clock.uninstall());

  const passed = () => Date.now() - begun;

  it('jumps to the next timer, in the order of the timers', async () => {
    const fired: [string, number][] = [];
    const fireAfter = (name: string, ms: number) => setTimeout(() => fired.push([name, passed()]), ms);
    fireAfter('last', 5 * HOUR_MS);
    fireAfter('first', 10);
    fireAfter('second', HOUR_MS);
    await clock.sleep(6 * HOUR_MS);
    expect(fired).toEqual([
      ['first', 10],
      ['second', HOUR_MS],
      ['last', 5 * HOUR_MS],
    ]);
    expect(passed()).toBe(6 * HOUR_MS);
  });

  it('moves only while somebody waits through it', async () => {
    const fired: string[] = [];
    setTimeout(() => fired.push('a'), 1);
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect([fired, passed()]).toEqual([[], 0]);
    await clock.sleep(1);
    expect(fired).toEqual(['a']);
  });

  it('lets everything that is due now happen before time moves', async () => {
    const order: string[] = [];
    setTimeout(() => order.push('later'), 1);
    const compute = async () => {
      for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve));
      order.push('now');
    };
    await Promise.all([clock.run(compute()), clock.sleep(1)]);
    expect(order).toEqual(['now', 'later']);
  });

  it.each([
    ['timers/promises', () => pause(HOUR_MS)],
    [
      'AbortSignal.timeout',
      () => new Promise((resolve) => AbortSignal.timeout(HOUR_MS).addEventListener('abort', resolve)),
    ],
  ])('replaces %s', async (_, wait) => {
    await clock.run(wait());
    expect(passed()).toBe(HOUR_MS);
  });

  it('waits until a check no longer throws, ever less often', async () => {
    let looks = 0;
    await clock.until(() => {
      looks++;
      expect(passed()).toBeGreaterThanOrEqual(10 * HOUR_MS);
    });
    expect(passed()).toBeLessThan(11 * HOUR_MS);
    expect(looks).toBeLessThan(250);
  });

  it('throws what a check threw last, after half a day', async () => {
    const check = () => {
      throw new Error(`not after ${passed()}`);
    };
    await expect(clock.until(check)).rejects.toThrow(/^not after 4\d{7}$/);
  });

  it('says so where nothing is left to happen, or the limit is over', async () => {
    await expect(clock.run(new Promise(() => {}))).rejects.toThrow('nothing is left to happen');
    setInterval(() => {}, 1_000);
    await expect(clock.run(new Promise(() => {}), 5_000)).rejects.toThrow('the time limit is over');
  });

  it('gives the process its own clock back', async () => {
    const [own, ownTimeout] = [Date, AbortSignal.timeout];
    clock.uninstall();
    expect([Date === own, AbortSignal.timeout === ownTimeout]).toEqual([false, false]);
    clock = new VirtualClock();
  });

  describe('with a server', () => {
    const serve = async (answer: (path: string) => Promise<string>) => {
      const server = createServer((request, response) => {
        void answer(request.url ?? '').then((text) => response.end(text));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => {
        server.closeAllConnections();
        server.close();
      });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };

    it('stops while a request or an answer is under way', async () => {
      const url = await serve(async () => 'x'.repeat(1_000_000));
      setInterval(() => {}, 1);
      const many = Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).text()));
      expect((await clock.run(many)).map(({ length }) => length)).toEqual(Array.from({ length: 20 }, () => 1_000_000));
      expect(passed()).toBe(0);
    });

    it('stops for a request that begins between two steps of a paced clock', async () => {
      clock.uninstall();
      clock = new VirtualClock({ pace: 1_000, longestStepMs: 1_000 });
      const url = await serve(async () => 'x'.repeat(1_000_000));
      const took: number[] = [];
      const chain = async () => {
        for (let n = 0; n < 20; n++) {
          // Another process sends at a time of its own.
          await new Promise((resolve) => realTimeout(resolve, n % 10));
          const begun = Date.now();
          await (await fetch(url)).text();
          took.push(Date.now() - begun);
        }
      };
      await clock.run(chain());
      expect(took).toEqual(Array.from({ length: 20 }, () => 0));
    });

    it('moves while a server waits before it answers', async () => {
      const url = await serve(async (path) => {
        await pause(path === '/slow' ? 2 * HOUR_MS : 0);
        return 'done';
      });
      const late = async (path: string) => {
        await (await fetch(`${url}${path}`)).text();
        return passed();
      };
      expect(await clock.run(Promise.all(['/slow', '/slow'].map(late)))).toEqual([2 * HOUR_MS, 2 * HOUR_MS]);
    });

    it('gives a client its time limit, to the millisecond', async () => {
      const url = await serve(() => new Promise(() => {}));
      const limited = fetch(url, { signal: AbortSignal.timeout(2_000) });
      await expect(clock.run(limited)).rejects.toMatchObject({ name: 'TimeoutError' });
      expect(passed()).toBe(2_000);
    });
  });

  it('keeps to the real time once it is live, also after it was ahead or behind', async () => {
    await clock.sleep(30);
    clock.goLive();
    await clock.sleep(20);
    expect(passed()).toBeGreaterThanOrEqual(50);
    expect(RealDate.now()).toBeGreaterThanOrEqual(begun + 50);
  });

  it('moves while something computes all the time, if it is live', async () => {
    let isOver = false;
    const compute = () => isOver || setImmediate(compute);
    compute();
    clock.goLive();
    await clock.sleep(60).finally(() => {
      isOver = true;
    });
    expect(passed()).toBeGreaterThanOrEqual(60);
  });

  it('keeps a pace, if it is told one', async () => {
    clock.uninstall();
    clock = new VirtualClock({ pace: 1_000 });
    begun = Date.now();
    await clock.sleep(50);
    expect(passed()).toBeGreaterThanOrEqual(50);
  });
});
