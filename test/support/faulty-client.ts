import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * Faults in calls to DynamoDB. `faultyProcess` represents one process. It numbers the calls of its client from 1 and
 * makes one of them fail.
 *
 * `fails` rejects only that call. `crashes` rejects it and every later call, like a crashed process. `before` loses the
 * effect, `after` loses the answer.
 * A test runs its story once without a fault and reads `calls`. Then it runs the story once per call, with a fault in
 * that call:
 *
 *     const process = faultyProcess(client, { call: 3, mode: 'crashes after' });
 *     await work().catch(() => undefined);
 *     process.end(); // the next process may use the client
 *
 * `modesAt` spreads the four modes over neighbouring calls. Long stories can't run four times per call.
 */

export type FaultMode = 'fails before' | 'fails after' | 'crashes before' | 'crashes after';

/** Each call fails once and crashes once, one of them before its effect. */
export function modesAt(index: number): readonly FaultMode[] {
  return index % 2 === 0 ? ['fails after', 'crashes before'] : ['fails before', 'crashes after'];
}

export interface Fault {
  /** Number of the logical call, from 1. */
  readonly call: number;
  readonly mode: FaultMode;
}

export interface FaultyProcess {
  /** Names of the process's calls. */
  readonly calls: string[];
  /** True after a crash. A crashed process makes no call, although its code may continue. */
  readonly crashed: () => boolean;
}

class InjectedError extends Error {
  override readonly name = 'InjectedError';
}

let processes = 0;

/** Creates a process that uses the client, with one fault. Call `end` before the next process starts. */
export function faultyProcess(client: DynamoDBClient, fault?: Fault): FaultyProcess & { end: () => void } {
  const name = `fault-${++processes}`;
  const calls: string[] = [];
  let dead = false;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (dead) throw new InjectedError('the process is dead');
      calls.push(String(context.commandName));
      if (calls.length !== fault?.call) return next(args);
      dead = fault.mode.startsWith('crashes');
      if (fault.mode.endsWith('after')) await next(args).catch(() => undefined);
      throw new InjectedError(`call ${fault.call} ${fault.mode} its effect`);
    },
    { step: 'initialize', name, priority: 'high' },
  );
  return { calls, crashed: () => dead, end: () => void client.middlewareStack.remove(name) };
}
