import { failure, startWorld } from '../../test/e2e/world.ts';
import type { Ending, FailureNeeds } from './needs.ts';

const PATHS: Readonly<Record<Ending, string>> = {
  'heals on the first attempt': '/ok',
  'heals on the second': '/flaky/1/:id',
  'heals on the third': '/flaky/2/:id',
  'becomes a dead letter': '/status/503',
};

/** Counts what one failure of each kind needs, in the embedded cloud. */
export async function measuredNeeds(): Promise<Readonly<Record<Ending, FailureNeeds>>> {
  const world = await startWorld();
  try {
    let counts = { workerRequests: 0, writes: 0, invocations: 0 };
    world.cloud.inject(({ caller, service, operation, body }) => {
      if (/Worker/.test(caller)) counts.workerRequests++;
      const isCircuit = body.includes(world.output('CircuitsTableName'));
      if (service === 'dynamodb' && /^(Put|Update|Delete)Item$/.test(operation) && !isCircuit) counts.writes++;
      return undefined;
    });
    world.cloud.redeliver(({ functionId }) => {
      if (!/Reconciler|Health/.test(functionId)) counts.invocations++;
      return false;
    });
    const needs: [string, FailureNeeds][] = [];
    for (const [ending, path] of Object.entries(PATHS)) {
      const detail = failure(path);
      counts = { workerRequests: 0, writes: 0, invocations: 0 };
      await world.send(detail);
      await world.settled(detail.id);
      const calls = world.dependency.calls.filter(({ correlationId }) => correlationId === detail.id);
      const executions = world.executionsOf(detail.id);
      const [started] = executions.map(({ startDate }) => startDate.getTime());
      const hotCalls = calls.filter(({ at }) => started === undefined || at <= started).length;
      const steps = executions.flatMap((each) => each.steps);
      const transitions = steps.filter(({ type }) => type === 'StateEntered' || type === 'StateRetried').length;
      needs.push([ending, { calls: calls.length, hotCalls, ...counts, starts: executions.length, transitions }]);
    }
    return Object.fromEntries(needs) as Record<Ending, FailureNeeds>;
  } finally {
    await world.stop();
  }
}
