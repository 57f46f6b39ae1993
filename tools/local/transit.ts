import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A client's request in this process, from its creation until the client has read the whole answer or given up. */
interface Journey {
  /** The client's end of the connection, once it is established. */
  socket?: Socket | null;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Events of the built-in HTTP clients and servers, in Node's format. */
interface Message {
  readonly request: object;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

/**
 * Detects requests and answers in transit between a client and a server of this process. During transit, neither end
 * shows pending work.
 * A server that is still working isn't in transit: its own pending work shows.
 */
export class Transit {
  readonly #journeys = new Map<object, Journey>();
  /** Each connection's current or last exchange, by its two ports: a client's port is unique for one server only. */
  readonly #exchanges = new Map<string, Exchange>();
  readonly #listeners: readonly (readonly [channel: string, listener: (message: unknown) => void])[];

  constructor() {
    const on = (channel: string, listen: (message: Message) => void) =>
      [channel, (message: unknown) => listen(message as Message)] as const;
    this.#listeners = [
      on('http.client.request.created', ({ request }) => this.#departNode(request as ClientRequest)),
      on('undici:request:create', ({ request }) => void this.#journeys.set(request, {})),
      on(
        'undici:client:sendHeaders',
        ({ request, socket }) => this.#journeys.has(request) && this.#journeys.set(request, { socket }),
      ),
      on('undici:request:trailers', ({ request }) => void this.#journeys.delete(request)),
      on('undici:request:error', ({ request }) => void this.#journeys.delete(request)),
      on('http.server.request.start', ({ request, response, socket }) =>
        this.#arrive(socket, { request: request as IncomingMessage, response }),
      ),
    ];
    for (const [channel, listener] of this.#listeners) subscribe(channel, listener);
  }

  /** Whether any request or answer is in transit. */
  get isBusy(): boolean {
    for (const { socket } of this.#journeys.values()) if (!this.#isBeingServed(socket)) return true;
    return false;
  }

  stop(): void {
    for (const [channel, listener] of this.#listeners) unsubscribe(channel, listener);
  }

  #departNode(request: ClientRequest): void {
    const journey: Journey = {};
    this.#journeys.set(request, journey);
    request.once('socket', (socket) => {
      journey.socket = socket;
    });
    request.once('close', () => this.#journeys.delete(request));
  }

  #arrive(socket: Socket, exchange: Exchange): void {
    const ports = `${socket.remotePort} ${socket.localPort}`;
    const isNew = this.#exchanges.get(ports)?.request.socket !== socket;
    this.#exchanges.set(ports, exchange);
    if (!isNew) return;
    socket.once('close', () => {
      if (this.#exchanges.get(ports)?.request.socket === socket) this.#exchanges.delete(ports);
    });
  }

  #isBeingServed(client: Socket | null | undefined): boolean {
    const exchange = client && this.#exchanges.get(`${client.localPort} ${client.remotePort}`);
    if (!exchange) return false;
    const { request, response } = exchange;
    return request.complete && !response.writableEnded && !response.destroyed && !request.socket.destroyed;
  }
}
