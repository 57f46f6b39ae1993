import { BusyError } from '../../contract/errors.ts';

/** Most tries of a write. */
const MAX_TRIES = 3;

/**
 * Repeats a failed write while the lease lasts. Nobody else knows what it records, so a lost write would leave a call
 * with an unknown result. The write must be idempotent. The client spaces the tries by its own retries.
 *
 * @param until epoch milliseconds: end of the lease
 */
export async function withinLease<Result>(
  until: number,
  clock: { readonly now: number },
  write: () => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await write();
    } catch (error) {
      if (error instanceof BusyError || tries >= MAX_TRIES || clock.now >= until) throw error;
    }
  }
}
