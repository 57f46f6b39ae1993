import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { Documents } from './documents.ts';

/** A call as it arrived, whatever its result. */
export interface Call {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly correlationId?: string;
  readonly idempotencyKey?: string;
}

/** A change that a call made. A good API makes one per `Idempotency-Key`. */
export type SideEffect = Omit<Call, 'at'>;

export interface DemoDependency {
  /** Base URL on loopback, no trailing slash. */
  readonly url: string;
  readonly calls: readonly Call[];
  readonly effects: readonly SideEffect[];
  /** The documents below `/documents/`. */
  readonly documents: Documents;
  /** Delays every further answer by so many milliseconds. */
  slowDown(ms: number): void;
  /** Opens a gate: its paths succeed from now on. */
  open(gate: string): void;
  /** Closes a gate again. */
  close(gate: string): void;
  stop(): Promise<void>;
}

/** The behavior that a path requests. `lost`: the call takes effect but its answer never arrives. */
type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | 'reset'
  | 'lost'
  | 'hang';

const OK = { status: 200 };

/** What an answer says beside its status. */
const MESSAGES: Readonly<Record<number, string>> = { 400: 'amount must be positive' };

/**
 * An HTTP API whose path selects its behavior, so that event files control it:
 *
 * - `/ok`, `/status/<code>`, `/hang` (never answers), `/reset` (no answer, no effect)
 * - `/flaky/<n>/<name>`: 503 to the first n calls, then 200
 * - `/throttled/<seconds>/<n>/<name>`: 429 with Retry-After to the first n calls, then 200
 * - `/reset/<n>/<name>`: resets the first n connections, then 200
 * - `/reset-after/<name>`: the first call takes effect, but its answer is lost; then 200
 * - `/gated/<gate>`: 503 until the gate is opened, by a call to `/open/<gate>` (not counted as one)
 * - `/documents/<kind>/<name>`: a document with versions, see {@link Documents}
 * - `/effects`: all changes so far, as JSON; not counted as a call
 *
 * Answers have a JSON body with status and path. Calls are counted per full path, so the name separates scenarios.
 */
export async function startDependency(): Promise<DemoDependency> {
  const calls: Call[] = [];
  const effects: SideEffect[] = [];
  const keysSeen = new Set<string>();
  const gates = new Set<string>();
  const documents = new Documents();
  let latencyMs = 0;

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    if (latencyMs > 0) await pause(latencyMs);
    const call = readCall(request);
    if (call.path === '/effects') return send(response, OK, effects);
    if (call.path.startsWith('/open/')) {
      gates.add(call.path.slice('/open/'.length));
      return send(response, OK);
    }
    calls.push(call);
    if (call.path.startsWith('/documents/')) {
      const reply = documents.answer(call.method, call.path, request.headers, body);
      return send(response, reply, reply.body);
    }
    if (call.idempotencyKey !== undefined && keysSeen.has(call.idempotencyKey)) {
      return send(response, { ...OK, headers: { 'idempotency-replayed': 'true' } });
    }
    const answer = answerTo(call.path, calls.filter(({ path }) => path === call.path).length, gates);
    if (takesEffect(call.method, answer)) {
      const { at: _, ...effect } = call;
      effects.push(effect);
      if (call.idempotencyKey !== undefined) keysSeen.add(call.idempotencyKey);
    }
    if (answer === 'hang') return;
    if (answer === 'reset' || answer === 'lost') request.socket.resetAndDestroy();
    else send(response, answer, { status: answer.status, message: MESSAGES[answer.status], path: call.path });
  };

  // A client that aborts breaks only its own request.
  // A client's clock is virtual. So a slow machine would close a connection that the client takes for fresh.
  const server = createServer(
    { keepAliveTimeout: 0 },
    (request, response) => void take(request, response).catch(() => response.destroy()),
  );
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    effects,
    documents,
    slowDown: (ms) => {
      latencyMs = ms;
    },
    open: (gate) => void gates.add(gate),
    close: (gate) => void gates.delete(gate),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function readCall({ method = 'GET', url = '/', headers }: IncomingMessage): Call {
  return {
    at: Date.now(),
    method,
    path: new URL(url, 'http://localhost').pathname,
    correlationId: headerText(headers['x-correlation-id']),
    idempotencyKey: headerText(headers['idempotency-key']),
  };
}

/** Node gives a list only for a header that may come several times. */
function headerText(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/**
 * @param nth Number of this call for the path, from 1.
 * @param gates Open gates.
 */
function answerTo(path: string, nth: number, gates: ReadonlySet<string>): Answer {
  const [behaviour, first, second] = path.slice(1).split('/');
  switch (behaviour) {
    case 'ok':
      return OK;
    case 'status':
      return { status: Number(first) };
    case 'flaky':
      return nth > Number(first) ? OK : { status: 503 };
    case 'throttled':
      return nth > Number(second) ? OK : { status: 429, headers: { 'retry-after': String(first) } };
    case 'reset':
      return first !== undefined && nth > Number(first) ? OK : 'reset';
    case 'reset-after':
      return nth > 1 ? OK : 'lost';
    case 'gated':
      return gates.has(String(first)) ? OK : { status: 503 };
    case 'hang':
      return 'hang';
    default:
      return { status: 404 };
  }
}

function takesEffect(method: string, answer: Answer): boolean {
  if (['GET', 'HEAD', 'OPTIONS'].includes(method)) return false;
  return answer === 'lost' || (typeof answer === 'object' && answer.status < 300);
}

function send(
  response: ServerResponse,
  { status, headers }: Exclude<Answer, string>,
  body: unknown = { status },
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  // A 204 has no body.
  response.end(status === 204 ? undefined : JSON.stringify(body));
}
