import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCredentials } from '../../../../lambdas/adapters/boundary/credentials.ts';
import { callDependency } from '../../../../lambdas/adapters/boundary/http-call.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import { parseJsonText } from '../../../../lambdas/contract/json-text.ts';
import { resolveRound } from '../../../../lambdas/use-cases/conflict/resolve-round.ts';
import { ALWAYS } from '../../../support/departures.ts';
import { json } from '../../../support/json.ts';
import { sampleEntry, sampleSettings } from '../../../support/samples.ts';

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const TAGS = { strong: (version: number) => `"v${version}"`, weak: (version: number) => `W/"v${version}"` };

/** A versioned document. It takes a write only with its current tag, which a strong comparison never finds weak. */
class Origin {
  state: object = { a: 1, b: 1 };
  version = 1;
  readonly #tagOf: (version: number) => string;

  constructor(tagOf: (version: number) => string) {
    this.#tagOf = tagOf;
  }

  readonly answer: RequestListener = async (request, response) => {
    const headers = { 'content-type': 'application/json', etag: this.#tagOf(this.version) };
    if (request.method === 'GET') {
      response.writeHead(200, headers).end(JSON.stringify(this.state));
      return;
    }
    const body = await text(request);
    const isCurrent = request.headers['if-match'] === this.#tagOf(this.version);
    if (isCurrent) this.change(JSON.parse(body));
    response.writeHead(isCurrent ? 204 : 412).end();
  };

  change(state: object): void {
    this.state = state;
    this.version++;
  }
}

/** What a proxy makes of a tag when it compresses (RFC 9110, section 8.8.3.3). */
const STYLES = {
  nginx: (tag: string) => (tag.startsWith('W/') ? tag : `W/${tag}`),
  Apache: (tag: string) => tag.replace(/"$/, '-gzip"'),
};

interface ProxyOptions {
  readonly retag: (tag: string) => string;
  /** Compresses whatever the client accepts. */
  readonly always?: boolean;
}

/** A proxy that compresses what its client accepts compressed. */
function proxyTo(origin: number, { retag, always = false }: ProxyOptions): RequestListener {
  return (request, response) => {
    const { method, url: path, headers } = request;
    const forwarded = httpRequest(
      { port: origin, host: '127.0.0.1', method, path, headers, agent: false },
      (answer) => {
        void pass(answer);
      },
    );
    request.pipe(forwarded);
    const pass = async (answer: IncomingMessage) => {
      const body = await text(answer);
      const { etag, ...others } = answer.headers;
      const compresses = body !== '' && (always || /\bgzip\b/.test(String(request.headers['accept-encoding'])));
      const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...kept } = others;
      response.writeHead(answer.statusCode ?? 0, {
        ...kept,
        ...(etag && { etag: compresses ? retag(etag) : etag }),
        ...(compresses && { 'content-encoding': 'gzip' }),
      });
      response.end(compresses ? gzipSync(body) : body);
    };
  };
}

/** A caller reads through the proxy, somebody else writes, the caller's write is refused, and Backstop takes over. */
async function afterALostRace(origin: Origin, options: ProxyOptions) {
  const port = await listen(proxyTo(await listen(origin.answer), options));
  const read = await fetch(`http://127.0.0.1:${port}/document`);
  const base = await read.text();
  const tag = read.headers.get('etag') ?? '';
  origin.change({ a: 1, b: 2 });
  const write: HttpOperation = {
    method: 'PUT',
    path: '/document',
    body: json({ a: 2, b: 1 }),
    base: parseJsonText(base),
    ifMatch: tag,
  };
  const settings = sampleSettings({
    baseUrl: `http://127.0.0.1:${port}`,
    timeoutMs: 600_000,
    conflict: { strategy: 'merge', arrayKeys: {}, sensitive: [] },
  });
  const credentials = createCredentials(async () => 'secret');
  const call = (keepBody: false | 'to-compare') => (operation: HttpOperation) =>
    callDependency(operation, settings, { idempotencyKey: 'f-1', correlationId: 'c-1', credentials, keepBody });
  const result = await resolveRound(sampleEntry(), write, settings, {
    depart: ALWAYS,
    read: call('to-compare'),
    call: call(false),
    askResolver: () => Promise.reject(new Error('nobody was to be asked')),
    log: () => undefined,
  });
  return { tag, result };
}

const CASES = Object.entries(STYLES).flatMap(([style, retag]) =>
  Object.entries(TAGS).map(([form, tagOf]) => [style, form, retag, tagOf] as const),
);

describe('a conflict behind a proxy that compresses', () => {
  it.each(CASES)('in the way of %s resolves on a %s ETag', async (_, __, retag, tagOf) => {
    const origin = new Origin(tagOf);
    const { tag, result } = await afterALostRace(origin, { retag });
    expect(tag).toBe(retag(tagOf(1)));
    expect(result).toMatchObject({ kind: 'ok', resolution: { how: 'resubmitted', version: tagOf(2) } });
    expect(origin).toMatchObject({ state: { a: 2, b: 2 }, version: 3 });
  });

  it.each(Object.entries(STYLES))(
    'in the way of %s, whatever is accepted, overwrites nothing: the origin refuses the tag',
    async (_, retag) => {
      const origin = new Origin(TAGS.strong);
      const { result } = await afterALostRace(origin, { retag, always: true });
      expect(result).toMatchObject({ kind: 'failed', error: { statusCode: 412 }, sent: retag('"v2"') });
      expect(origin).toMatchObject({ state: { a: 1, b: 2 }, version: 2 });
    },
  );

  it('is read, although the request asked for no compression', async () => {
    const origin = new Origin(TAGS.strong);
    const port = await listen(proxyTo(await listen(origin.answer), { retag: STYLES.nginx, always: true }));
    const credentials = createCredentials(async () => 'secret');
    const settings = sampleSettings({ baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 600_000 });
    const context = { idempotencyKey: 'f-1', correlationId: 'c-1', credentials, keepBody: true };
    const result = await callDependency({ method: 'GET', path: '/document' }, settings, context);
    expect(result).toMatchObject({ body: { text: '{"a":1,"b":1}' } });
  });
});
