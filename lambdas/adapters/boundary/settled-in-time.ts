/**
 * Settles as a call does, or rejects once the call's time is over, whatever client and peer do. Clients don't always
 * notice: Node destroys a connection that answers `101`, then tells nobody, not even of the signal.
 *
 * Keeps the process running until then. The timer of `AbortSignal.timeout` does not, so that the loop of a function
 * could run empty in the middle of a call.
 *
 * @param timeoutMs after which `signal` aborts
 * @throws what the call throws, or the reason of the signal
 */
export async function settledInTime<Result>(
  call: Promise<Result>,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Result> {
  const running = setTimeout(() => undefined, timeoutMs);
  let giveUp: (() => unknown) | undefined;
  const over = new Promise<never>((_, reject) => {
    // A client that hears the signal says more: whether the request left, or that the answer is already there.
    giveUp = () => setImmediate(() => reject(signal.reason));
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp);
  });
  try {
    return await Promise.race([call, over]);
  } finally {
    clearTimeout(running);
    if (giveUp) signal.removeEventListener('abort', giveUp);
  }
}
