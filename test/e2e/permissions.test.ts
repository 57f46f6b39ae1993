import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Statement } from '../../tools/local/policies/statement.ts';
import { failure, startWorld, type World } from './world.ts';

/*
 * A statement that a call needed is missed: without it, AWS denies a call, and the end of each world fails its test. A few
 * statements stand for all; `npm run check:permissions` lists what no call of any test needs.
 */

/** Number of statements in one run. `PERMISSION_SAMPLE=1000` takes all. */
const SAMPLE = Number(process.env.PERMISSION_SAMPLE ?? 3);
/** A file that lists the statements whose absence some test has noticed. A later run continues with the others. */
const LOG = process.env.PERMISSION_LOG;

/** Longer than the interval of the reconciler. Otherwise some rounds need its permissions, and others don't. */
const RECONCILED_MS = 330_000;

/** Rounds of failures in which the absence of a statement must show. */
const ROUNDS = 3;

let world: World;
const needed = new Set<Statement>();

beforeAll(async () => {
  world = await startWorld({ 'in-order': { ordered: true } });
  // The first failures alert, and each instance reads what it keeps. What both later rounds need, each round needs.
  await someFailures();
  const [second, third] = [await neededByFailures(), await neededByFailures()];
  for (const statement of second) if (third.has(statement)) needed.add(statement);
});
afterAll(async () => {
  const stopped = world?.stop();
  if (world?.cloud.denials.length > 0) await expect(stopped).rejects.toThrow('because no policy allows');
  else await stopped;
});

async function neededByFailures(): Promise<ReadonlySet<Statement>> {
  const found = new Set<Statement>();
  // A known verdict would not say again what it needed.
  world.cloud.access.revoke(undefined);
  world.cloud.access.onNeeded = (statement) => found.add(statement);
  await someFailures();
  world.cloud.access.onNeeded = undefined;
  return found;
}

/** Failures that heal, die, are undone and are rejected. Waits until nothing moves, and the reconciler has looked. */
async function someFailures(): Promise<void> {
  const undo = [{ name: 'reserve', dependency: 'orders', operation: { method: 'DELETE', path: '/ok/undo' } }];
  const details = [
    failure('/flaky/4/:id', { dependency: 'payments' }),
    failure('/flaky/1/:id', { dependency: 'in-order' }),
    failure('/status/400', { undo }),
    failure('/status/422'),
  ];
  await world.send(...details, { ...failure('/ok'), dependency: 'unknown' });
  await world.clock.sleep(RECONCILED_MS);
}

describe('a statement of a policy that a call needed', () => {
  it(`is missed when it has gone: ${SAMPLE} at random`, async () => {
    const all = [...needed];
    expect(all.length).toBeGreaterThan(30);
    const sample = new Set(fc.sample(fc.constantFrom(...all), SAMPLE));
    for (const statement of others(SAMPLE < all.length ? [...sample] : all)) {
      const before = world.cloud.denials.length;
      world.cloud.access.revoke(statement);
      // What a round before was denied may leave an instance that needs less this time.
      for (let round = 0; round < ROUNDS && world.cloud.denials.length === before; round++) await someFailures();
      expect(world.cloud.denials.length, JSON.stringify(statement)).toBeGreaterThan(before);
      world.cloud.access.revoke(undefined);
      await world.clock.sleep(180_000);
      if (LOG !== undefined) appendFileSync(LOG, `${JSON.stringify(statement)}\n`);
    }
  });
});

/** Statements that the log does not have yet, each as often as it lacks them. Prints how many. */
function others(statements: readonly Statement[]): readonly Statement[] {
  if (LOG === undefined) return statements;
  const known = existsSync(LOG) ? readFileSync(LOG, 'utf8').trim().split('\n') : [];
  const left = statements.filter((statement) => {
    const at = known.indexOf(JSON.stringify(statement));
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
  console.log(`${left.length} of ${statements.length} statements are left`);
  return left;
}
