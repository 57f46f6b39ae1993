import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, startWorld, type World } from './world.ts';

/*
 * A bad version of a function on the way of a failure gets a tenth of the traffic, and alarms take the deployment back.
 */

const BAD = 'throw new Error("a bad version");';

/** What each bad version does, by the handler that is bad. */
const VERSIONS = {
  'a worker that does not load': { handler: 'worker', code: `${BAD} export const handler = () => {};` },
  'a worker that fails': { handler: 'worker', code: `export const handler = () => { ${BAD} };` },
  'a function of the machine that does not load': {
    handler: 'attempt',
    code: `${BAD} export const handler = () => {};`,
  },
  'a function of the machine that ends each execution': {
    handler: 'settle',
    code: `export const handler = () => { ${BAD} };`,
  },
} as const;

/** Replaces a handler in the files of a version. */
function replacing(handler: string, code: string) {
  return (assembly: string): void => {
    const assets = readdirSync(assembly).filter((name) => readdirOf(join(assembly, name)).includes(`${handler}.mjs`));
    for (const name of assets) writeFileSync(join(assembly, name, `${handler}.mjs`), code);
  };
}

function readdirOf(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

describe.each(Object.entries(VERSIONS))('%s', (_, { handler, code }) => {
  let world: World;
  const ids: string[] = [];

  beforeAll(async () => {
    world = await startWorld({}, { deployment: { canary: true } });
  });
  afterAll(() => world?.stop());

  it('gets a tenth of the traffic, until an alarm takes it back; no failure is lost or done twice', async () => {
    // Another setting makes another version of each function.
    const others = { changed: { retry: { hotAttempts: 2 } } };
    const { ended } = await world.deploy(others, { tamper: replacing(handler, code) });
    let ending: string | undefined;
    void ended.then((how) => {
      ending = how;
    });
    for (let round = 0; ending === undefined && round < 40; round++) {
      for (let each = 0; each < 4; each++) {
        const detail = failure('/flaky/2/:id', { dependency: 'payments', operation: undefined });
        const operation = { method: 'POST', path: `/flaky/2/${detail.id}` };
        await world.send({ ...detail, operation });
        ids.push(detail.id);
      }
      await world.clock.sleep(20_000);
    }
    expect(ending).toBe('taken back');
    const outcomes: Record<string, number> = {};
    for (const id of ids) {
      const { outcome, reason = '' } = await world.settled(id);
      outcomes[`${outcome} ${reason}`] = (outcomes[`${outcome} ${reason}`] ?? 0) + 1;
    }
    console.log(handler, ids.length, outcomes);
    const effects = ids.map((id) => world.dependency.effects.filter(({ path }) => path.endsWith(`/${id}`)).length);
    expect(effects).toEqual(ids.map(() => 1));
  });
});
