import { Readable, Writable } from 'node:stream';
import type { Answer } from './protocol.ts';

/** An HTTP request that was received whole. */
export interface ServedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Answers a request, or returns undefined to close the connection without an answer. Never rejects. */
export type Serve = (request: ServedRequest) => Promise<Answer | undefined>;

/** The options of `http.request` that the SDK sets. */
export interface RequestOptions {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A client request that needs no connection, because its server is in this process. It supports what the SDK uses.
 * A socket would cost more than all the rest of a call.
 */
export class InProcessRequest extends Writable {
  readonly #options: RequestOptions;
  readonly #serve: Serve;
  readonly #chunks: Buffer[] = [];

  constructor(options: RequestOptions, serve: Serve, onResponse: (response: Readable) => void) {
    // The request ends when its response does, not when it is sent.
    super({ autoDestroy: false });
    this.#options = options;
    this.#serve = serve;
    this.once('response', onResponse);
    this.once('finish', () => void this.#send());
    // The SDK sends a large body only once the service has agreed.
    if (Object.keys(options.headers).some((name) => name.toLowerCase() === 'expect'))
      setImmediate(() => this.emit('continue'));
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  async #send(): Promise<void> {
    // The server starts in a turn of its own, as with a connection. So concurrent callers take turns.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.destroyed) return;
    const { method, path: url, headers: all } = this.#options;
    const headers = Object.fromEntries(Object.entries(all).map(([name, value]) => [name.toLowerCase(), value]));
    const answer = await this.#serve({ method, url, headers, body: Buffer.concat(this.#chunks).toString() });
    if (this.destroyed) return;
    if (answer === undefined) this.destroy(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    else
      this.emit(
        'response',
        responseOf(answer).once('close', () => this.destroy()),
      );
  }
}

function responseOf({ status, contentType, body, headers }: Answer): Readable {
  const bytes = Buffer.from(body);
  const response = new Readable({
    read() {
      if (bytes.length > 0) this.push(bytes);
      this.push(null);
    },
  });
  const lengthAndType = { 'content-type': contentType, 'content-length': String(bytes.length) };
  return Object.assign(response, { statusCode: status, headers: { ...headers, ...lengthAndType } });
}
