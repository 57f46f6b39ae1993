import { StopExecutionCommand } from '@aws-sdk/client-sfn';
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
    expect(world.executionsOf(detail.id).map(({ name }) => name)).toEqual([detail.id, `${detail.id}+r1`]);
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
    const kept = await world.take(world.cloud.outputs.LastResortQueueUrl ?? '', ({ length }) => length >= 4);
    const facts = kept.map(({ Body = '' }) => JSON.parse(Body)).filter(({ id }) => id === detail.id);
    expect(facts.map(({ execution }) => execution).sort()).toEqual(executions.map(({ name }) => name).sort());
    const deadLetters = await world.take(
      world.cloud.outputs.OrdersDeadLetterQueueUrl ?? '',
      ({ length }) => length > 0,
    );
    expect(deadLetters.some(({ Body = '' }) => JSON.parse(Body).id === detail.id)).toBe(true);
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
