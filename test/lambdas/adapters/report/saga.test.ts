import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backstop, memoryReports, ReportedError, saga } from '../../../../lambdas/adapters/report/library.ts';
import { stepCallId } from '../../../../lambdas/domain/report/report-id.ts';

/** Answers by path, such as `/a/503`: the status, or a broken connection. Keeps what was sent. */
function scene() {
  const reports = memoryReports();
  const keys: (string | null)[] = [];
  const fetch = async ({ pathname }: URL, { headers }: RequestInit) => {
    keys.push(new Headers(headers).get('idempotency-key'));
    const status = Number(pathname.split('/').at(-1));
    if (status === 0)
      throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) });
    return new Response(null, { status });
  };
  return { reports, keys, payments: backstop('payments', { reports, fetch }) };
}

const undoOf = (name: string) =>
  ({ dependency: 'payments', operation: { method: 'DELETE', path: `/undo/${name}` } }) as const;

describe('the id of a call in a saga', () => {
  it('is the same for no two calls of orders, steps and numbers', () => {
    const names = [0, 1, 2].reduce((all) => ['', ...all.flatMap((text) => [...'a2-._'].map((c) => text + c))], ['']);
    const calls = names.flatMap((order) => names.flatMap((step) => [1, 2, 22].map((n) => [order, step, n] as const)));
    expect(calls.length).toBeGreaterThan(70_000);
    expect(new Set(calls.map((call) => stepCallId(...call))).size).toBe(calls.length);
  });

  it('is the same for no two calls, however a text is cut into order, step and number', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '2', '-', '.', '_'), minLength: 2, maxLength: 16 });
    const cut = fc.nat(16).chain((at) => fc.tuple(fc.constant(at), fc.constantFrom(1, 2, 22)));
    fc.assert(
      fc.property(text, cut, cut, (given, ...cuts) => {
        const [one, other] = cuts.map(([at, n]) => [given.slice(0, at), given.slice(at + 1), n] as const);
        fc.pre(one !== undefined && other !== undefined && JSON.stringify(one) !== JSON.stringify(other));
        expect(stepCallId(...one)).not.toBe(stepCallId(...other));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['order-1', 'charge', 1, 'order-1-charge'],
    ['order-1', 'charge', 2, 'order-1-charge.2'],
    ['order-1', 'a-charge', 1, 'order-1-a..charge'],
    ['order-1-a', 'charge', 1, 'order-1-a-charge'],
    ['order-1', 'charge.2', 1, 'order-1-charge._2'],
  ])('is order and step: %s %s %d', (order, step, number, id) => {
    expect(stepCallId(order, step, number)).toBe(id);
  });

  it('is another one for each call of a step, whether they follow each other or not', async () => {
    const { payments, keys } = scene();
    const order = saga('order-1');
    const sent = ['/charges/200', '/fees/200', '/taxes/200'];
    await order.step('charge', () => Promise.all(sent.map((path) => payments.fetch(path, { body: {} }))));
    await order.step('charge', () => payments.fetch('/tips/200', { body: {} }));
    expect(keys).toEqual(['order-1-charge', 'order-1-charge.2', 'order-1-charge.3', 'order-1-charge.4']);
  });

  it('stays if the step makes the same call again, with other headers, too', async () => {
    const { payments, keys } = scene();
    const order = saga('order-1');
    const body = { amount: 1 };
    const charge = (trace: string) => payments.fetch('/charges/200', { body, headers: { 'x-trace': trace } });
    await order.step('charge', () => charge('a'));
    await order.step('charge', () => charge('b'));
    body.amount = 2;
    await order.step('charge', () => charge('a'));
    expect(keys).toEqual(['order-1-charge', 'order-1-charge', 'order-1-charge.2']);
  });

  it('counts no call that has an id of its own', async () => {
    const { payments, keys } = scene();
    await saga('order-1').step('charge', async () => {
      await payments.fetch('/charges/200', { id: 'mine', body: {} });
      await payments.fetch('/fees/200', { body: {} });
    });
    expect(keys).toEqual(['mine', 'order-1-charge']);
  });
});

describe('a step with several calls', () => {
  it('has the first one undone if a later one fails for good', async () => {
    const { payments, reports } = scene();
    const charge = saga('order-1').step(
      'charge',
      async () => {
        await payments.fetch('/charges/201', { body: {} });
        await payments.fetch('/fees/422', { body: {} });
      },
      undoOf('charge'),
    );
    await expect(charge).rejects.toMatchObject({ name: 'ReportedError', id: 'order-1-charge.2', willRetry: false });
    expect(reports.sent).toMatchObject([{ operation: { path: '/fees/422' }, undo: [{ name: 'charge' }] }]);
    expect(reports.sent[0]?.undo).not.toMatchObject([{ undoes: 'operation' }]);
  });

  it('is reported even if its undo needs the result that is missing now', async () => {
    const { payments, reports } = scene();
    const charge = saga('order-1').step(
      'charge',
      async () => {
        await payments.fetch('/charges/201', { body: {} });
        await payments.fetch('/fees/422', { body: {} });
      },
      () => undoOf('charge'),
    );
    await expect(charge).rejects.toMatchObject({ name: 'ReportedError' });
    expect(reports.sent).toMatchObject([{ operation: { path: '/fees/422' } }]);
  });

  it('is not reported if only reads came before, or what had no effect', async () => {
    const { payments, reports } = scene();
    const step = (path: string, body?: unknown) =>
      saga('order-1').step(
        'charge',
        async () => {
          await payments.fetch(path, { body }).catch(() => undefined);
          await payments.fetch('/fees/422', { body: {} });
        },
        undoOf('charge'),
      );
    await expect(step('/prices/200')).rejects.toMatchObject({ name: 'CallFailedError' });
    await expect(step('/charges/402', {})).rejects.toMatchObject({ name: 'CallFailedError' });
    expect(reports.sent).toEqual([]);
  });
});

describe('a saga inside a step', () => {
  it('has the steps around it undone, too', async () => {
    const { payments, reports } = scene();
    const outer = saga('order-1');
    await outer.step('reserve', () => payments.fetch('/r/200', { body: {} }), undoOf('reserve'));
    const inner = outer.step('pay', () => saga('pay-1').step('charge', () => payments.fetch('/c/402', { body: {} })));
    await expect(inner).rejects.toMatchObject({ name: 'ReportedError', id: 'pay-1-charge' });
    expect(reports.sent).toMatchObject([{ undo: [{ name: 'reserve' }] }]);
  });
});

describe('whatever the steps of an order do', () => {
  const call = fc.record({
    // Success, for good, later without an effect, later with an unknown effect, no answer.
    status: fc.constantFrom(200, 200, 200, 422, 429, 503, 0),
    method: fc.constantFrom('POST', 'PUT', 'GET'),
    caught: fc.boolean(),
  });
  const step = fc.record({
    undo: fc.constantFrom('call', 'of the result', 'none'),
    calls: fc.array(call, { minLength: 1, maxLength: 3 }),
    caught: fc.boolean(),
  });

  it('Backstop has what may be done, or undoes it, unless all is well', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        const { payments, reports } = scene();
        const order = saga('order-1');
        const may = new Set<string>();
        const untold = new Set<string>();
        const failed = await (async () => {
          for (const [index, { undo, calls, caught }] of steps.entries()) {
            const name = `step${index}`;
            const doIt = async () => {
              for (const [number, { status, method, caught: inside }] of calls.entries()) {
                const asked = payments.fetch(`/${index}/${number}/${status}`, { method: method as 'POST' });
                const error = await asked.then(
                  () => undefined,
                  (thrown) => thrown,
                );
                const mayBeDone = method !== 'GET' && (status === 200 || status === 0 || status === 503);
                if (mayBeDone && undo !== 'none' && !(error instanceof ReportedError))
                  (undo === 'call' ? may : untold).add(name);
                if (error && !inside) throw error;
              }
            };
            const how = { call: undoOf(name), 'of the result': () => undoOf(name), none: undefined }[undo];
            const error = await order.step(name, doIt, how).then(
              () => undefined,
              (thrown) => thrown,
            );
            if (!error && undo !== 'none') may.add(name);
            if (error && !caught) return error;
          }
          return undefined;
        })();
        if (failed === undefined) return;
        if (failed.name === 'ReportedError') {
          const undone = (reports.sent.at(-1)?.undo ?? []) as { readonly name: string; readonly undoes?: string }[];
          const completed = undone.filter(({ undoes }) => undoes === undefined).map(({ name }) => name);
          expect(completed.toSorted()).toEqual([...may].toSorted());
        } else {
          expect(failed.name).toBe('CallFailedError');
          expect([...may, ...untold]).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
