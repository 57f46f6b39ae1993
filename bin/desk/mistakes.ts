/** Whoever called has made a mistake: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was named does not exist: exit code 3. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** The operator said no, or it can't be done as things stand: exit code 4. */
export class DeclinedError extends Error {
  override readonly name = 'DeclinedError';
}

/** Cut off by a signal: exit code 130. What was done is said in the message. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

export const EXIT_CODES = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  declined: 4,
  interrupted: 130,
} as const;

/** The exit code of an error, and what a human reads of it. */
export function ending(error: unknown): { readonly code: number; readonly message: string } {
  if (!(error instanceof Error)) return { code: EXIT_CODES.failed, message: `Failed: ${String(error)}` };
  const { name, message } = error;
  switch (name) {
    case 'UsageError':
      return { code: EXIT_CODES.usage, message };
    case 'NotFoundError':
      return { code: EXIT_CODES.notFound, message };
    // What the shared logic says of a decision that can't be carried out.
    case 'DeclinedError':
    case 'DecisionError':
    case 'EditError':
    case 'RedriveUnderWayError':
      return { code: EXIT_CODES.declined, message };
    case 'InterruptedError':
    case 'AbortError':
      return { code: EXIT_CODES.interrupted, message: name === 'AbortError' ? 'Interrupted' : message };
    default:
      return { code: EXIT_CODES.failed, message: advised(error) };
  }
}

/** What AWS or the network says, with what helps. */
function advised(
  error: Error & { readonly code?: unknown; readonly address?: unknown; readonly port?: unknown },
): string {
  const { name, message, code, address, port } = error;
  if (name === 'CredentialsProviderError' || /could not load credentials/i.test(message)) {
    return 'No AWS credentials: run aws sso login or set AWS_PROFILE. To check: aws sts get-caller-identity';
  }
  if (/^(ExpiredToken|ExpiredTokenException|UnrecognizedClientException|InvalidClientTokenId)$/.test(name)) {
    return `AWS rejected the credentials (${name}): log in again.`;
  }
  if (/^AccessDenied/.test(name)) return `AWS denied access: ${message}`;
  if (code === 'ECONNREFUSED') {
    const endpoint = address === undefined ? 'the endpoint' : `http://${address}:${port}`;
    return `Can't reach ${endpoint}: is \`npm start\` still running?`;
  }
  if (/region is missing/i.test(message)) return 'No region: pass --region or set AWS_REGION.';
  return `Failed: ${message === '' ? name : `${message}${/Error$/.test(name) && name !== 'Error' ? ` (${name})` : ''}`}`;
}
