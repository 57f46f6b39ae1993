import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Api, answerTo } from './console-api.ts';
import type { PageFiles } from './page-files.ts';

/** A running console. */
export interface ConsoleServer {
  /** Address of the page, with the token that opens it. */
  readonly address: string;
  stop(): Promise<void>;
}

interface ConsoleServerOptions {
  readonly api: Api;
  readonly page: PageFiles;
  /** Port on loopback; 0 for any that is free. */
  readonly port: number;
  /** @default - 32 random bytes */
  readonly token?: string;
}

/** Header of a request with the token. A form or link of another site can't set it. */
export const TOKEN_HEADER = 'x-backstop-token';

const HOST = '127.0.0.1';
/** The largest request: a merged body has at most 64 KiB, and an edit of it not much more. */
const MAX_REQUEST_BYTES = 1_048_576;

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** Serves the page and its API on loopback. */
export async function startConsole({
  api,
  page,
  port,
  token = newToken(),
}: ConsoleServerOptions): Promise<ConsoleServer> {
  const server = createServer((request, response) => {
    void respond(request, response, { api, page, token, authority: authorityOf(server) }).catch(() => {
      if (!response.headersSent) send(response, 500, { name: 'InternalError', message: 'the console failed' });
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  return {
    // A fragment never leaves the browser, so the token is in no log and no referrer.
    address: `http://${authorityOf(server)}/#token=${token}`,
    stop: () => stop(server),
  };
}

interface Context extends Pick<ConsoleServerOptions, 'api' | 'page'> {
  readonly token: string;
  /** Host and port of the server. */
  readonly authority: string;
}

async function respond(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const { page, api, token, authority } = context;
  const path = new URL(request.url ?? '/', `http://${authority}`).pathname;
  // A name that another site has pointed at this machine.
  if (request.headers.host !== authority)
    return send(response, 421, refusal('the host must be the one in the address'));
  if (request.method === 'GET') {
    const file = page.get(path);
    if (!file) return send(response, 404, { name: 'NotFoundError', message: `there is no ${path}` });
    response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': file.type }).end(file.body);
    return;
  }
  if (request.method !== 'POST' || !path.startsWith('/api/')) return send(response, 405, refusal('use POST /api/…'));
  if (!isSameOrigin(request, authority)) return send(response, 403, refusal('the request comes from another site'));
  if (!isToken(request.headers[TOKEN_HEADER], token))
    return send(response, 401, refusal('open the address that the console printed: the token is missing or wrong'));
  const body = await read(request);
  if (body === undefined) return send(response, 413, refusal('the request is too large'));
  const { status, document } = await answerTo(api, path.slice('/api/'.length), body);
  send(response, status, document);
}

function refusal(message: string) {
  return { name: 'RefusedError', message };
}

function isSameOrigin({ headers }: IncomingMessage, authority: string): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin !== undefined && origin !== `http://${authority}`) return false;
  return site === undefined || site === 'same-origin';
}

function isToken(sent: string | string[] | undefined, token: string): boolean {
  const [a, b] = [Buffer.from(String(sent)), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The text of a request; undefined if it is too large. */
async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, document: unknown): void {
  response.writeHead(status, { ...SECURITY_HEADERS, 'content-type': 'application/json' }).end(JSON.stringify(document));
}

function authorityOf(server: Server): string {
  return `${HOST}:${(server.address() as AddressInfo).port}`;
}

function newToken(): string {
  return randomBytes(32).toString('base64url');
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
