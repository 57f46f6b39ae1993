import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

export const MARKER = 'marker-of-the-answer';

type Answer = (response: ServerResponse, elsewhere: string) => void;

const json = (text: string, status = 200, headers: Record<string, string> = {}): Answer => {
  return (response) =>
    response.writeHead(status, { 'content-type': 'application/json', etag: '"v1"', ...headers }).end(text);
};
const redirect = (status: number, location: (elsewhere: string) => string): Answer => {
  return (response, elsewhere) => response.writeHead(status, { location: location(elsewhere) }).end();
};
const zipped = gzipSync(Buffer.alloc(20_000_000));

/** Answers that a client may regret, by path. */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  '/redirect-301': redirect(301, (elsewhere) => `${elsewhere}/stolen`),
  '/redirect-302': redirect(302, (elsewhere) => `//${new URL(elsewhere).host}/stolen`),
  '/redirect-307': redirect(307, (elsewhere) => `${elsewhere}/stolen`),
  '/redirect-308': redirect(308, () => 'http://169.254.169.254/latest/meta-data/'),
  '/redirect-300': redirect(300, () => 'file:///etc/passwd'),
  '/location-of-201': (response, elsewhere) => response.writeHead(201, { location: `${elsewhere}/stolen` }).end(),
  '/refresh': json('{}', 200, { refresh: '0;url=http://evil.example/' }),
  '/bomb': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(zipped),
  '/bomb-of-an-error': (response) => response.writeHead(400, { 'content-encoding': 'gzip' }).end(zipped),
  '/no-gzip': (response) => response.writeHead(400, { 'content-encoding': 'gzip' }).end(`no gzip, ${MARKER}`),
  '/large': json(JSON.stringify({ error: MARKER.repeat(100_000) }), 400),
  '/deep': json('['.repeat(100_000), 400),
  '/prototype': json(`{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"code":"${MARKER}"}`, 400),
  '/then': json('{"then":"x","toJSON":"x","valueOf":null}', 400),
  '/names-of-errors': json('{"name":"TransientError","error":"Lambda.TooManyRequestsException"}', 400),
  '/escapes': json(JSON.stringify({ code: `\u001b[2J${MARKER}`, message: `\u202e${MARKER}\r\n` }), 400),
  '/slow-pattern': json(JSON.stringify({ message: 'eyJ'.repeat(21_000) }), 400),
  '/no-json': json(`{"a":${MARKER}`, 400),
  '/no-utf-8': (response) =>
    response.writeHead(400, { 'content-type': 'application/json' }).end(Buffer.alloc(99, 0xff)),
  '/retry-in-3000-years': json('{}', 400, { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }),
  '/status-599': json('{}', 418),
  '/cut-off': (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('x');
    setImmediate(() => response.destroy());
  },
  '/no-http': (response) => response.socket?.end(`${MARKER}\r\n\r\n`),
  '/header-within-a-header': (response) => {
    response.socket?.end(`HTTP/1.1 400 Bad\r\nX-A: b\rSet-Cookie: ${MARKER}\r\nContent-Length: 0\r\n\r\n`);
  },
};

/** A dependency that answers as badly as it can, and a server that nobody may call. */
export class HostileServer {
  /** Requests to the other server. */
  readonly stolen: string[] = [];
  /** Requests by path. */
  readonly called: string[] = [];
  readonly #hostile = createServer((request, response) => this.#answer(request, response));
  readonly #elsewhere = createServer(({ url = '' }, response) => {
    this.stolen.push(url);
    response.end();
  });

  async start(): Promise<string> {
    await Promise.all([this.#hostile, this.#elsewhere].map(listening));
    return urlOf(this.#hostile);
  }

  stop(): void {
    for (const server of [this.#hostile, this.#elsewhere]) {
      server.closeAllConnections();
      server.close();
    }
  }

  #answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    this.called.push(url);
    const answer = ANSWERS[url];
    if (answer) answer(response, urlOf(this.#elsewhere));
    else response.writeHead(404).end();
  }
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
