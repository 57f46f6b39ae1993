/** A notification service refused a request or is unreachable. The message holds the status, not content or address. */
export class NotTakenError extends Error {
  override readonly name = 'NotTakenError';
  readonly service: string;
  readonly statusCode: number | undefined;

  constructor(service: string, statusCode: number | undefined, cause?: unknown) {
    super(statusCode === undefined ? `can't reach ${service}` : `${service} answered ${statusCode}`, { cause });
    this.service = service;
    this.statusCode = statusCode;
  }
}

const TIMEOUT_MS = 5_000;
/** All tries together take less than 11 s: the use case counts on it. */
const MAX_ATTEMPTS = 2;
const PAUSE_MS = 200;

type Headers = Readonly<Record<string, string>>;

/**
 * Posts JSON, with one retry after a connection error, 429 or 5xx.
 *
 * @throws NotTakenError if the service does not accept it
 */
export function postJson(service: string, url: string, body: object): Promise<void> {
  return postText(service, url, JSON.stringify(body));
}

/** As {@link postJson}, for JSON text, with further headers. @throws NotTakenError */
export async function postText(service: string, url: string, body: string, headers: Headers = {}): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const failed = await post(service, url, body, headers);
    if (failed === undefined) return;
    const isRetryable = failed.statusCode === undefined || failed.statusCode === 429 || failed.statusCode >= 500;
    if (!isRetryable || attempt === MAX_ATTEMPTS) throw failed;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** attempt * Math.random()));
  }
}

async function post(service: string, url: string, body: string, headers: Headers): Promise<NotTakenError | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok ? undefined : new NotTakenError(service, response.status);
  } catch (error) {
    return new NotTakenError(service, undefined, error);
  }
}
