/** One conditional write with a token, and a look for that token in the item. */
export interface TokenWrite<T> {
  /** Makes the write. Undefined if its condition does not hold, which is also so if the item has the token already. */
  readonly write: () => Promise<T | undefined>;
  /** Reads the item; undefined if it does not have the token. */
  readonly find: () => Promise<T | undefined>;
}

/**
 * Makes a conditional write, and knows whether it took effect although its answer is lost. A client repeats a request
 * without an answer. If the first one took effect, the repeated one is refused, as if somebody else had been faster.
 *
 * @returns what the write made of the item; undefined if the condition did not hold
 * @throws what `write` throws, unless the item shows that it took effect; for a refused write, what `find` throws
 */
export async function writeOnce<T>({ write, find }: TokenWrite<T>): Promise<T | undefined> {
  let written: T | undefined;
  try {
    written = await write();
  } catch (error) {
    const found = await find().catch(() => undefined);
    if (found === undefined) throw error;
    return found;
  }
  return written ?? find();
}
