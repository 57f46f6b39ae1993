import { failure, startWorld } from '../../test/e2e/world.ts';
import { CostMeter, type Needs } from './cost-meter.ts';

/** Of 20 failures, 14 heal on the first attempt, 3 on the second, one on the third, and 2 become dead letters. */
const MIX: readonly (readonly [path: string, count: number])[] = [
  ['/ok', 14],
  ['/flaky/1/:id', 3],
  ['/flaky/2/:id', 1],
  ['/status/503', 2],
];
const ALL = MIX.reduce((sum, [, count]) => sum + count, 0);

/** Attempts and dead letters of a mean failure, where a machine makes three attempts at most. */
const ATTEMPTS = 0.7 + 0.15 * 2 + (0.05 + 0.1) * 3;
const DEAD = 0.1;

/**
 * A Standard machine for each failure: Classify and a Choice, then for each attempt a Wait, the attempt and a Choice.
 * It records the result, and sends dead letters. Its state data holds the operation. Computed, not measured.
 */
export const STANDARD_MACHINE: Needs = {
  requests: 2 + DEAD,
  writeUnits: 2,
  readUnits: 0,
  transitions: 2 + 3 * ATTEMPTS + 1 + DEAD,
  invocations: 2 + ATTEMPTS,
  events: 0,
};

/** What a failure with a body of some bytes needs, counted in the embedded cloud. */
export async function needsOf(bodyBytes: number): Promise<Needs> {
  const meter = new CostMeter(() => world.output('CircuitsTableName'));
  const world = await startWorld({}, { separateOperations: true, onChange: (record) => meter.changed(record) });
  try {
    world.cloud.inject((call) => meter.called(call));
    world.cloud.redeliver(() => meter.invoked());
    const body = { text: 'x'.repeat(bodyBytes) };
    for (const [path, count] of MIX)
      for (let n = 0; n < count; n++) {
        const detail = failure(path);
        await world.send({ ...detail, operation: { ...Object(detail.operation), body } });
        await world.settled(detail.id);
      }
    return perFailure(meter.needs(world.cloud.executions));
  } finally {
    await world.stop();
  }
}

function perFailure(needs: Needs): Needs {
  return {
    requests: needs.requests / ALL,
    writeUnits: needs.writeUnits / ALL,
    readUnits: needs.readUnits / ALL,
    transitions: needs.transitions / ALL,
    invocations: needs.invocations / ALL,
    events: needs.events / ALL,
  };
}
