import { onTestFinished, vi } from 'vitest';

export interface TimeLimits {
  /** Milliseconds of each limit that was set. */
  readonly set: readonly number[];
  /** All of them are over. */
  expire(): void;
}

/** Time limits of calls, `AbortSignal.timeout`, that are over when the test says so, however long the machine takes for it. */
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
    expire() {
      for (const controller of over) controller.abort(new DOMException('The time is over', 'TimeoutError'));
    },
  };
}
