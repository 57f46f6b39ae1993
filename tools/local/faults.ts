import { type Answer, internalError, type ServiceName } from './protocol.ts';

/** One logical call of a handler or a machine to AWS. All SDK retries of it count as one. */
export interface CloudCall {
  /** Logical id of the function or the machine. */
  readonly caller: string;
  readonly service: ServiceName;
  readonly operation: string;
  readonly body: string;
  /** JSON text of the event that the function processes, or of the execution's input. */
  readonly trigger: string;
  /** 1-based index of this call within its invocation or execution. */
  readonly nth: number;
}

/**
 * `fail`: the service returns a server error. `kill`: the function crashes. `before` and `after` refer to the call's
 * effect.
 */
export type Fault = 'fail-before' | 'fail-after' | 'kill-before' | 'kill-after';

/** Faults that tests inject. The cloud consults each hook every time. */
export interface Hooks {
  decide(call: CloudCall): Fault | undefined;
  redeliver(delivery: { readonly functionId: string; readonly event: string }): boolean;
}

/**
 * Makes a call under a fault.
 * @param kill Crashes the caller. A machine can't crash: without this function, `kill` means `fail`.
 * @returns undefined if the caller crashed, because nobody waits for the answer.
 */
export async function underFault(
  fault: Fault | undefined,
  service: ServiceName,
  forward: () => Promise<Answer>,
  kill?: () => void,
): Promise<Answer | undefined> {
  const before = fault === 'fail-before' || fault === 'kill-before';
  const answer = before ? undefined : await forward();
  if (fault === undefined) return answer;
  if (kill === undefined || fault.startsWith('fail')) return internalError(service);
  kill();
  return undefined;
}
