import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import https from 'node:https';
import type { Clock } from '../../contract/time.ts';
import { lookupFor } from './private-lookup.ts';
import { closedEarly, noHttpAnswer, notConnectedInTime, unsentError } from './unsent-error.ts';

export interface HttpRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: string;
  /** Ends the call, its answer's body included. */
  readonly signal: AbortSignal;
  /** Time to connect, in milliseconds: address, TCP and TLS. */
  readonly connectTimeoutMs: number;
  /** Whether an idle connection may carry the request. Its server may have closed it without our knowledge. */
  readonly mayReuseConnection: boolean;
  /** Runs once the connection is established, right before the request leaves. What it throws ends the request. */
  readonly depart?: () => void;
}

export interface HttpAnswer {
  readonly status: number;
  /** Whether the status is 2xx. */
  readonly ok: boolean;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Sends a request once. Follows no redirect. @throws the connection's error, or what `depart` throws */
export type SendRequest = (url: URL, request: HttpRequest) => Promise<HttpAnswer>;

/** Most bytes of the headers of an answer. Node's own limit is 16 KiB, which the cookies of a proxy may exceed. */
const MAX_HEADER_BYTES = 262_144;
/** Longest idle time after which a connection carries another request. Servers commonly close theirs after 5 s. */
const MAX_IDLE_MS = 4_000;

/**
 * Creates a sender with its own connections.
 *
 * The built-in `fetch` has no connect timeout below 10 s, and can't be asked for a new connection. So a POST that
 * nobody received would look like one that may have taken effect.
 *
 * @param now tells how long a connection has been idle, even if the instance was frozen in between
 */
export function requestSender(now: Clock = Date.now): SendRequest {
  const clients = new Map<string, Promise<Client>>();
  return async (url, request) => {
    const { protocol } = url;
    const client = clients.get(protocol) ?? openClient(protocol);
    clients.set(protocol, client);
    return send(url, request, await client, now);
  };
}

interface Client {
  readonly request: (url: URL, options: RequestOptions) => ClientRequest;
  /** Keeps connections after use. */
  readonly reusing: Agent;
  /** Makes a connection for each request. */
  readonly fresh: Agent;
  /** Since when the connections that are kept have been idle, in epoch milliseconds. */
  readonly idleSince: WeakMap<object, number>;
}

/**
 * Loads the module for `http:` only when needed: it serves loopback and private hosts, and slows the start of
 * functions.
 */
async function openClient(protocol: string): Promise<Client> {
  const { Agent, request } = protocol === 'http:' ? (await import('node:http')).default : https;
  return {
    request,
    reusing: new Agent({ keepAlive: true }),
    fresh: new Agent({ keepAlive: false }),
    idleSince: new WeakMap(),
  };
}

function send(url: URL, request: HttpRequest, client: Client, now: Clock): Promise<HttpAnswer> {
  const { method, headers, body, signal, mayReuseConnection } = request;
  if (mayReuseConnection) closeIdle(client, now());
  const agent = mayReuseConnection ? client.reusing : client.fresh;
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = client.request(url, {
      method,
      agent,
      signal,
      headers: { ...Object.fromEntries(headers), ...length },
      lookup: lookupFor(url),
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    const isMade = watchConnection(sent, url, request);
    sent.on('response', (response) => {
      const { socket } = response;
      response.once('close', () => client.idleSince.set(socket, now()));
      try {
        resolve(answerOf(response));
      } catch (error) {
        sent.destroy(error as Error);
      }
    });
    sent.on('error', (error) => reject(isMade() ? error : unsentError(error)));
    // After a 101, nothing else happens.
    sent.once('close', () => reject(isMade() ? noHttpAnswer() : closedEarly()));
  });
}

/**
 * Sends the request once its connection is established, and ends it if that takes too long.
 *
 * @returns whether the request may have been sent
 */
function watchConnection(
  sent: ClientRequest,
  { protocol }: URL,
  { body, depart, connectTimeoutMs }: HttpRequest,
): () => boolean {
  let mayBeSent = false;
  const leave = () => {
    try {
      depart?.();
    } catch (error) {
      sent.destroy(error as Error);
      return;
    }
    mayBeSent = true;
    sent.end(body);
  };
  sent.once('socket', (socket) => {
    if (sent.reusedSocket) leave();
    else socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', leave);
  });
  AbortSignal.timeout(connectTimeoutMs).addEventListener('abort', () => {
    if (!mayBeSent) sent.destroy(notConnectedInTime());
  });
  return () => mayBeSent;
}

/** Closes what has been idle for too long. */
function closeIdle({ reusing, idleSince }: Client, now: number): void {
  for (const socket of Object.values(reusing.freeSockets).flatMap((sockets = []) => sockets))
    if (now - (idleSince.get(socket) ?? 0) > MAX_IDLE_MS) socket.destroy();
}

/** Keeps every value of a header: Node's own object drops all but the first of some. */
function answerOf(response: IncomingMessage): HttpAnswer {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(response.headersDistinct))
    for (const value of values) headers.append(name, value);
  const { statusCode: status = 0 } = response;
  return { status, ok: status >= 200 && status < 300, headers, body: response };
}
