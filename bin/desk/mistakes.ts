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
  if (!(error instanceof Error)) return { code: EXIT_CODES.failed, message: `Not done: ${String(error)}` };
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
      return { code: EXIT_CODES.failed, message: `Not done: ${advised(error)}` };
  }
}

/** What AWS or the network says, with what helps. */
function advised(error: Error & { readonly code?: unknown }): string {
  const { name, message, code } = error;
  if (name === 'CredentialsProviderError' || /could not load credentials/i.test(message)) {
    return 'there are no AWS credentials: aws sso login, or set AWS_PROFILE (aws sts get-caller-identity shows who you are)';
  }
  if (/^(ExpiredToken|ExpiredTokenException|UnrecognizedClientException|InvalidClientTokenId)$/.test(name)) {
    return `AWS does not accept the credentials (${name}): log in again`;
  }
  if (/^AccessDenied/.test(name)) return `AWS does not allow it: ${message}`;
  if (code === 'ECONNREFUSED') return 'nothing listens at that endpoint; does the demonstration still run?';
  if (/region is missing/i.test(message)) return 'no region is set: --region, or AWS_REGION';
  return message === '' ? name : `${message}${/Error$/.test(name) && name !== 'Error' ? ` (${name})` : ''}`;
}
