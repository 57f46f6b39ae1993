/** Errors of a connection that breaks. Before the connection stands, they prove that nothing was sent. */
const BROKEN: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOTCONN', 'EPROTO']);
/** Errors of a connection that takes too long: the system's own limit, or ours. */
const LATE: ReadonlySet<string> = new Set(['ETIMEDOUT', 'ABORT_ERR']);
/** Node's own codes of connections that were not established. */
const NOT_IN_TIME = 'ERR_SOCKET_CONNECTION_TIMEOUT';
const CLOSED_EARLY = 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION';
/** In the form of Node's parser, which has none for a protocol that is not HTTP. */
const NO_HTTP = 'HPE_UNEXPECTED_PROTOCOL';

/**
 * The error of a connection that was not established, with a code that proves it. Other codes already do, such as
 * `ENOTFOUND`, or with the system call `connect`.
 */
export function unsentError(error: Error): Error {
  // The attempts at several addresses, of which each says what it met.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return unsentError(error.errors[0]);
  const { code = '' } = error as NodeJS.ErrnoException;
  if (LATE.has(code)) return notConnectedInTime();
  return BROKEN.has(code) ? closedEarly() : error;
}

export function notConnectedInTime(): Error {
  return coded(NOT_IN_TIME);
}

export function closedEarly(): Error {
  return coded(CLOSED_EARLY);
}

/** The peer switched to another protocol, or its connection ended without an answer. What it did is unknown. */
export function noHttpAnswer(): Error {
  return coded(NO_HTTP);
}

/** Whether an error proves that nothing was sent, even if the call's time is over. */
export function isUnsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === NOT_IN_TIME || code === CLOSED_EARLY;
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}
