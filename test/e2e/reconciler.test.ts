import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloudCall, Fault } from '../../tools/local/cloud.ts';
import { failure, startWorld, type World } from './world.ts';

let world: World;
const faults: ((call: CloudCall) => Fault | undefined)[] = [];
beforeAll(async () => {
  world = await startWorld();
  world.cloud.inject((call) => faults.map((decide) => decide(call)).find((fault) => fault !== undefined));
});
afterAll(() => world?.stop());

interface Kept {
  readonly id: string;
  readonly kind?: string;
  readonly execution?: string;
}

/** All messages of the last-resort queue so far. The tests share it, so each hides what it receives. */
const kept: Kept[] = [];

/** Waits until the last-resort queue has had this many messages about a failure. */
function lastResortOf(failureId: string, count: number): Promise<readonly Kept[]> {
  const request = { QueueUrl: world.output('LastResortQueueUrl'), MaxNumberOfMessages: 10, VisibilityTimeout: 3_600 };
  return world.clock.until(async () => {
    const { Messages = [] } = await world.sqs.send(new ReceiveMessageCommand(request));
    kept.push(...Messages.map(({ Body = '' }) => JSON.parse(Body)));
    const mine = kept.filter(({ id }) => id === failureId);
    expect(mine.length).toBeGreaterThanOrEqual(count);
    return mine;
  });
}

describe.concurrent('what the machine does not end, the reconciler does', () => {
  it('starts another execution in place of one that was aborted', async () => {
    const detail = failure('/throttled/4/1/:id');
    await world.send(detail);
    const running = await world.clock.until(() => {
      const [execution] = world.executionsOf(detail.id);
      if (!execution?.steps.some(({ state }) => state.startsWith('Wait until'))) throw new Error('does not wait yet');
      return execution;
    });
    await world.sfn.send(new StopExecutionCommand({ executionArn: running.arn }));
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'recovered', rescues: 1 });
    expect(world.executionsOf(detail.id).map(({ name }) => name)).toEqual([
      `${detail.id}@orders`,
      `${detail.id}@orders+r1`,
    ]);
  });

  it('dead-letters from outside what no execution can settle', async () => {
    const detail = failure('/status/400');
    // Settle can't reach the ledger for this failure, but the reconciler can.
    faults.push(({ caller, trigger, service }) =>
      caller.includes('Settle') && service === 'dynamodb' && trigger.includes(`"${detail.id}"`)
        ? 'fail-before'
        : undefined,
    );
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'dead-lettered', reason: 'permanent', rescues: 3 });
    const executions = world.executionsOf(detail.id);
    expect(executions.map(({ status }) => status)).toEqual(['FAILED', 'FAILED', 'FAILED', 'FAILED']);
    const facts = await lastResortOf(detail.id, 4);
    expect(facts.map(({ execution }) => execution).sort()).toEqual(executions.map(({ name }) => name).sort());
    const deadLetters = await world.take(world.output('OrdersDeadLetterQueueUrl'), ({ length }) => length > 0);
    expect(deadLetters.some(({ Body = '' }) => JSON.parse(Body).id === detail.id)).toBe(true);
  });

  it('keeps the dead letter in the last-resort queue where the lane does not take it', async () => {
    const detail = failure('/status/400');
    const laneQueue = world.output('OrdersDeadLetterQueueUrl');
    faults.push(({ caller, trigger, service, operation, body }) => {
      const settles = caller.includes('Settle') && service === 'dynamodb' && trigger.includes(`"${detail.id}"`);
      const sends = caller.includes('Reconciler') && operation === 'SendMessage';
      return settles || (sends && body.includes(laneQueue) && body.includes(detail.id)) ? 'fail-before' : undefined;
    });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'dead-lettered', rescues: 3 });
    // One message for each failed execution, and the dead letter.
    const messages = await lastResortOf(detail.id, 5);
    expect(messages.filter(({ kind }) => kind === 'backstop-dead-letter')).toHaveLength(1);
  });

  it('publishes what the publisher never could', async () => {
    const detail = failure('/ok');
    faults.push(({ caller, operation, body }) =>
      caller.includes('Publisher') && operation === 'PutEvents' && body.includes(detail.id) ? 'fail-before' : undefined,
    );
    await world.send(detail);
    const entry = await world.settled(detail.id);
    expect(entry).toMatchObject({ outcome: 'recovered' });
    // A function's log lines arrive slightly later than its writes.
    const told = (line: string) => line.includes('"repair":"published"') && line.includes(detail.id);
    await world.clock.until(() => expect(world.logs.some(told)).toBe(true));
  });
});
