import { type Answer, internalError, type ServiceName } from './protocol.ts';

/** One logical call that a handler or a machine makes to AWS; all SDK retries of it count as one. */
export interface CloudCall {
  /** Logical id of the function or the machine. */
  readonly caller: string;
  readonly service: ServiceName;
  readonly operation: string;
  readonly body: string;
  /** JSON text of the event that the function works on, or of the input of the execution. */
  readonly trigger: string;
  /** 1-based index of this call within its invocation or execution. */
  readonly nth: number;
}

/** `fail`: the service answers with a server error. `kill`: the function crashes. Each before or after the call has its effect. */
export type Fault = 'fail-before' | 'fail-after' | 'kill-before' | 'kill-after';

/** What tests make happen. Both are asked each time. */
export interface Hooks {
  decide(call: CloudCall): Fault | undefined;
  redeliver(delivery: { readonly functionId: string; readonly event: string }): boolean;
}

/**
 * Makes a call under a fault.
 * @param kill What crashes the caller. A machine can't crash: without it, `kill` means `fail`.
 * @returns nothing if the caller was killed, so that there is nobody to answer.
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
