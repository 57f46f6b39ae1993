import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * Faults at calls to DynamoDB. `faultyProcess` stands for one process: it numbers the calls of its client from 1 and strikes one.
 *
 * `fails` rejects that call only; `crashes` rejects it and every later call, as a process that is gone. `before` loses the effect,
 * `after` loses the answer. A test runs its story once without a fault, reads `calls`, then strikes each call in turn:
 *
 *     const process = faultyProcess(client, { call: 3, mode: 'crashes after' });
 *     await work().catch(() => undefined);
 *     process.end(); // the next process may use the client
 *
 * `modesAt` spreads the four modes over neighbouring calls, for stories too long to strike each call four times.
 */

export type FaultMode = 'fails before' | 'fails after' | 'crashes before' | 'crashes after';

/** Each call fails once and crashes once, the one before and the other after its effect, by turns. */
export function modesAt(index: number): readonly FaultMode[] {
  return index % 2 === 0 ? ['fails after', 'crashes before'] : ['fails before', 'crashes after'];
}

export interface Fault {
  /** Counts logical calls from 1. */
  readonly call: number;
  readonly mode: FaultMode;
}

export interface FaultyProcess {
  /** Names of the calls that the process has made. */
  readonly calls: string[];
  /** A process that has crashed makes no call any more, whatever its code goes on to do. */
  readonly crashed: () => boolean;
}

class InjectedError extends Error {
  override readonly name = 'InjectedError';
}

let processes = 0;

/** Lets one process of a test use the client, and injects one fault into it. Call `end` when the process is over. */
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
