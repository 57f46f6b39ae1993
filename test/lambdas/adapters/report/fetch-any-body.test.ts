import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyClaimer } from '../../../../lambdas/adapters/boundary/claimed-body.ts';
import { ReportedError } from '../../../../lambdas/adapters/report/library.ts';
import { buildRequest } from '../../../../lambdas/domain/boundary/http-request.ts';
import { sampleSettings } from '../../../support/samples.ts';
import { scene, status } from './fetch-scene.ts';
import { PAYMENTS, received } from './report-scene.ts';

describe('a call with a large body', () => {
  const large = (bytes: number) => ({ tenant: 'acme', id: 'a', body: 'x'.repeat(bytes) });
  const report = async (bytes: number) => {
    const { payments, reports } = scene(status(503), {}, {}, true);
    const error = await payments.fetch('/c', large(bytes)).catch((thrown) => thrown);
    return { error, reports };
  };

  it.each([
    // With its quotes, a body of 65,534 characters has 64 KiB as JSON.
    [65_534, 0],
    [65_535, 1],
    [5_242_878, 1],
  ])('goes into the bucket only if the event would be large: %i characters, %i objects', async (bytes, objects) => {
    const { error, reports } = await report(bytes);
    expect(error).toMatchObject({ name: 'ReportedError' });
    const [[key, text] = [], ...others] = reports.bodies;
    expect([reports.bodies.size, others]).toEqual([objects, []]);
    if (text === undefined) return;
    expect(text).toBe(JSON.stringify(large(bytes).body));
    const { bodyClaim, body } = (reports.sent[0]?.operation ?? {}) as Record<string, unknown>;
    expect([body, bodyClaim]).toEqual([
      undefined,
      { key, bytes: bytes + 2, sha256: createHash('sha256').update(text).digest('hex') },
    ]);
    expect(key).toMatch(/^bodies\/payments\/t-acme\/[\da-f-]{36}$/);
    expect(received(reports.sent[0])).toMatchObject({ kind: 'failure' });
  });

  it('is not made if it is too large for the bucket', async () => {
    const { error, reports } = await report(5_242_879);
    expect(error).toMatchObject({ name: 'ReportTooLargeError', bytes: 5_242_881, limit: 5_242_880 });
    expect(reports.sent).toEqual([]);
  });

  it('has each step of its undo under the prefix of the dependency that the step calls', async () => {
    const { payments, reports } = scene(status(503), {}, {}, true);
    const operation = { path: '/reverse', body: 'x'.repeat(70_000) };
    const undo = [{ name: 'reserve', dependency: 'stock', operation }];
    await payments.fetch('/c', { id: 'a', body: {}, undo }).catch(() => undefined);
    expect([...reports.bodies.keys()]).toEqual([expect.stringMatching(/^bodies\/stock\/-\//)]);
  });
});

describe('whatever the call', () => {
  // These characters spell no header that the boundary refuses.
  const name = fc.stringMatching(/^q[a-f-]{0,8}$/);
  const call = fc.record(
    {
      method: fc.constantFrom('PUT', 'POST', 'PATCH', 'DELETE'),
      body: fc.oneof(
        fc.json(),
        fc.jsonValue({ noUnicodeString: false }),
        fc.string({ unit: 'grapheme' }),
        // Too large for an event.
        fc.jsonValue({ noUnicodeString: false }).map((value) => ({ value, padding: 'ä'.repeat(40_000) })),
        fc.string({ unit: 'grapheme' }).map((text) => text.padStart(70_000, 'ä')),
      ),
      query: fc.dictionary(name, fc.string({ unit: 'grapheme' }), { maxKeys: 3, noNullPrototype: true }),
      headers: fc.dictionary(
        fc.oneof(name, fc.constantFrom('Authorization', 'x-api-key', 'Cookie', 'Content-Type', 'via')),
        fc.stringMatching(/^[!-~]{0,8}$/),
        { maxKeys: 4, noNullPrototype: true },
      ),
      tenant: fc.stringMatching(/^[\w.-]{1,8}$/),
      priority: fc.constantFrom('P1', 'P3'),
      resourceId: fc.stringMatching(/^[a-z]{1,5}$/),
      ifMatch: fc.stringMatching(/^"[a-z]{1,5}"$/),
    },
    { requiredKeys: ['method'] },
  );
  const path = fc
    .array(fc.stringMatching(/^[a-z0-9_~'!-]{1,6}$/), { maxLength: 3 })
    .map((parts) => `/${parts.join('/')}`);

  it('the lane accepts its report, and Backstop repeats the same call', async () => {
    let reported = 0;
    const refused = /authorization|api-key|cookie|via/;
    await fc.assert(
      fc.asyncProperty(path, call, async (at, options) => {
        const made: Request[] = [];
        const fetch = async (url: URL, init: RequestInit) => {
          made.push(new Request(url, init));
          return status(503);
        };
        const { payments, reports } = scene(status(503), { fetch }, {}, true);
        const error = await payments.fetch(at, { id: 'a', ...options } as never).catch((thrown: unknown) => thrown);
        if (!(error instanceof ReportedError)) return expect(error).toMatchObject({ name: 'InvalidReportError' });
        reported++;
        const parsed = received(reports.sent[0]);
        if (parsed.kind !== 'failure') throw new Error(JSON.stringify(parsed));
        const claimBody = bodyClaimer(async (key) => Buffer.from(reports.bodies.get(key) ?? ''));
        const again = buildRequest(
          await claimBody(parsed.failure.operation),
          sampleSettings({ baseUrl: PAYMENTS.baseUrl, idempotencyKeys: true }),
          { correlationId: 'a' },
        );
        const [first = new Request(PAYMENTS.baseUrl ?? '')] = made;
        expect([first.url, first.method, await first.text()]).toEqual([again.url.href, again.method, again.body ?? '']);
        const theirs = [...first.headers].filter(([header]) => !refused.test(header));
        expect(Object.fromEntries(again.headers)).toMatchObject(Object.fromEntries(theirs));
      }),
      { numRuns: 40 },
    );
    expect(reported).toBeGreaterThan(20);
  });
});
