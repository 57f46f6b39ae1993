import { tmpdir } from 'node:os';
import { type ActEnd, MAX_WHY_LENGTH } from '../../lambdas/domain/operator/act.ts';

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A named thing does not exist: exit code 3. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** The operator declined, or the action is not possible now: exit code 4. */
export class DeclinedError extends Error {
  override readonly name = 'DeclinedError';
}

/** The action did less than its plan: exit code 5. The message says what is left and why. */
export class IncompleteError extends Error {
  override readonly name = 'IncompleteError';
}

/** The action is done, and dead letters that it moved are dead letters again: exit code 6. The message says why. */
export class DiedAgainError extends Error {
  override readonly name = 'DiedAgainError';
}

/** Interrupted by a signal: exit code 130. The message says what was done so far. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

export const EXIT_CODES = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  declined: 4,
  incomplete: 5,
  diedAgain: 6,
  interrupted: 130,
} as const;

/** The exit code of an error and its message for the operator. */
export function ending(error: unknown): { readonly code: number; readonly message: string } {
  if (!(error instanceof Error)) return { code: EXIT_CODES.failed, message: `Failed: ${String(error)}` };
  const { name, message } = error;
  switch (name) {
    case 'UsageError':
      return { code: EXIT_CODES.usage, message };
    case 'NotFoundError':
      return { code: EXIT_CODES.notFound, message };
    // Errors of the shared logic for actions that are not possible now.
    case 'DeclinedError':
    case 'DecisionError':
    case 'EditError':
    case 'RedriveUnderWayError':
    case 'RefusedError':
      return { code: EXIT_CODES.declined, message };
    case 'IncompleteError':
      return { code: EXIT_CODES.incomplete, message };
    case 'DiedAgainError':
      return { code: EXIT_CODES.diedAgain, message };
    case 'InterruptedError':
    case 'AbortError':
      return { code: EXIT_CODES.interrupted, message: name === 'AbortError' ? 'Interrupted' : message };
    default:
      return { code: EXIT_CODES.failed, message: advised(error) };
  }
}

/** How an action ended that threw this error, or none. An error of AWS shows by its name only. */
export function actEndOf(error: unknown): ActEnd {
  if (error === undefined) return { result: 'done' };
  const { code } = ending(error);
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: '' };
  switch (code) {
    case EXIT_CODES.declined:
      return { result: 'refused', message: message.slice(0, MAX_WHY_LENGTH) };
    case EXIT_CODES.incomplete:
      return { result: 'incomplete' };
    case EXIT_CODES.interrupted:
      return { result: 'interrupted' };
    default:
      return { result: 'failed', message: name };
  }
}

/** The error of AWS or the network, with a remedy if there is one. */
function advised(
  error: Error & {
    readonly code?: unknown;
    readonly address?: unknown;
    readonly port?: unknown;
    readonly path?: string;
  },
): string {
  const { name, message, code, address, port, path } = error;
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
  if (code === 'ENOENT' && path?.startsWith(tmpdir()) === true)
    return `The temporary folder ${tmpdir()} is missing: create it, or set TMPDIR to another.`;
  if (/region is missing/i.test(message)) return 'No region: pass --region or set AWS_REGION.';
  return `Failed: ${message === '' ? name : `${message}${/Error$/.test(name) && name !== 'Error' ? ` (${name})` : ''}`}`;
}
