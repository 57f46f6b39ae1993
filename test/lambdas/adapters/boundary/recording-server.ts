import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedCall {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A dependency with configurable answers that records its requests. */
export class RecordingServer {
  answer: RequestListener = status(200);
  calls: RecordedCall[] = [];
  connections = 0;
  readonly #server = createServer((request, response) => this.#receive(request, response));

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async start(): Promise<void> {
    this.#server.on('connection', () => {
      this.connections++;
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  reset(): void {
    this.answer = status(200);
    this.calls = [];
    this.connections = 0;
  }

  /** Breaks all connections. */
  hangUp(): void {
    this.#server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      this.calls.push({ method: request.method, url: request.url, headers: request.headers, body });
      this.answer(request, response);
    });
  }
}

export function status(code: number, headers: Record<string, string> = {}, body = ''): RequestListener {
  return (_, response) => response.writeHead(code, headers).end(body);
}

/** Writes until the reader stops. */
export function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write('x'.repeat(16_384)));
  if (!response.destroyed) response.once('drain', () => pour(response));
}

export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
