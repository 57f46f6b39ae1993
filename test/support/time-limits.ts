import { onTestFinished, vi } from 'vitest';

export interface TimeLimits {
  /** Milliseconds of each limit. */
  readonly set: readonly number[];
  /** Lets all limits expire, or those of so many milliseconds. */
  expire(ms?: number): void;
}

/** Replaces `AbortSignal.timeout`, so that limits expire when the test says so, however slow the machine is. */
export function heldTimeLimits(): TimeLimits {
  const set: number[] = [];
  const over: AbortController[] = [];
  const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const controller = new AbortController();
    set.push(ms);
    over.push(controller);
    return controller.signal;
  });
  onTestFinished(() => spy.mockRestore());
  return {
    set,
    expire(ms) {
      for (const [at, controller] of over.entries())
        if (ms === undefined || set[at] === ms) controller.abort(new DOMException('The time is over', 'TimeoutError'));
    },
  };
}
