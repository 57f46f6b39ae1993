/** The console or the tool refused, or failed. */
export class CallError extends Error {
  override readonly name = 'CallError';
  /** What the command printed all the same, if anything. */
  readonly document: unknown;

  constructor(message: string, document?: unknown) {
    super(message);
    this.document = document;
  }
}

const KEY = 'backstop-token';

/** Takes the token out of the address, so that nobody reads it from the screen, and keeps it for a reload. */
export function takeToken(): void {
  const [, token, screen = '/now'] = /^#token=([\w-]+)(\/.+)?$/.exec(location.hash) ?? [];
  if (token === undefined) return;
  sessionStorage.setItem(KEY, token);
  history.replaceState(null, '', `#${screen}`);
}

/** Asks the console for an operation. @throws CallError */
export async function call<Document>(name: string, input: object = {}): Promise<Document> {
  let response: Response;
  try {
    response = await fetch(`/api/${name}`, {
      method: 'POST',
      headers: { 'x-backstop-token': sessionStorage.getItem(KEY) ?? '', 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
  } catch {
    throw new CallError('The console does not answer: is `backstop console` still running?');
  }
  const document = await response.json();
  if (response.ok) return document;
  throw new CallError(document.message || `The console answered ${response.status}.`, document.document);
}
