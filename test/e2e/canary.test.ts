import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from '../../tools/local/cloud.ts';
import { unzipped } from '../../tools/local/unzip.ts';
import { failure, startWorld, type World } from './world.ts';

/*
 * A bad version of what is on the way of a failure gets a tenth of the traffic, and alarms take the deployment back.
 */

const retry = { hotAttempts: 1, durableAttempts: 20 };
const BEFORE = { ordered: { retry, ordered: true }, secret: { retry, auth: bearer('before') } };

function bearer(secretName: string) {
  return { scheme: 'bearer' as const, secretName };
}

/** Replaces a handler in the files of a version, by one that Lambda can't load. */
function withoutHandler(handler: string) {
  return (assembly: string): void => {
    for (const name of readdirSync(assembly)) if (name.endsWith('.zip')) unzipped(join(assembly, name));
    const assets = readdirSync(assembly).filter((name) => statSync(join(assembly, name)).isDirectory());
    const holding = assets.filter((name) => readdirSync(join(assembly, name)).includes(`${handler}.mjs`));
    if (holding.length === 0) throw new Error(`no asset has the handler ${handler}`);
    const code = 'throw new Error("a bad version"); export const handler = () => {};';
    for (const name of holding) writeFileSync(join(assembly, name, `${handler}.mjs`), code);
  };
}

/** Lets each execution of the Recovery machine fail at once. */
function withBrokenMachine(assembly: string): void {
  const file = join(assembly, 'BackstopPipeline.template.json');
  const template = readFileSync(file, 'utf8');
  const escaped = (definition: object) => JSON.stringify(JSON.stringify(definition).slice(1, -1)).slice(1, -1);
  const broken = template.replace(/\\"StartAt\\":\\"([^\\]+)\\",\\"States\\":\{/, (_, first: string) => {
    const Choices = [{ Variable: '$.never', IsPresent: true, Next: first }];
    const start = escaped({ StartAt: 'Broken' });
    const states = {
      Broken: { Type: 'Choice', Choices, Default: 'Ends' },
      Ends: { Type: 'Fail', Error: 'BadVersion' },
    };
    return `${start},${escaped({ States: states }).slice(0, -1)},`;
  });
  if (broken === template) throw new Error('the template has no machine');
  writeFileSync(file, broken);
}

let world: World;
beforeAll(async () => {
  world = await startWorld(BEFORE, { secrets: { before: 's1' }, deployment: { canary: true } });
});
// The role of a function may read the new version's secret only. The version before keeps the one that it has read.
afterAll(() => world?.stop(/secretsmanager:GetSecretValue/));

/** Sends failures of a dependency all the time, until the deployment has ended. @returns their ids and the ending */
async function underTraffic(dependency: string, { ended }: Deployment) {
  const ids: string[] = [];
  let ending: string | undefined;
  void ended.then((how) => {
    ending = how;
  });
  while (ending === undefined) {
    const detail = failure('', { dependency });
    const path = `/flaky/1/${detail.id}`;
    await world.send({ ...detail, operation: { method: 'PUT', path, resourceId: detail.id } });
    ids.push(detail.id);
    await world.clock.sleep(5_000);
  }
  return { ids, ending };
}

async function outcomesOf(ids: readonly string[]): Promise<readonly unknown[]> {
  const outcomes = new Set<unknown>();
  for (const id of ids) outcomes.add((await world.settled(id)).outcome);
  return [...outcomes];
}

const changesOf = (id: string) => world.dependency.effects.filter(({ path }) => path.endsWith(`/${id}`)).length;
/** Past the time in which alarms still see the version before. */
const quiet = () => world.clock.sleep(360_000);
/** Another setting makes another version of each function. */
const changed = { ...BEFORE, another: { retry } };

describe('a bad version', () => {
  it.each([
    ['a worker that does not load', 'payments', changed, withoutHandler('worker')],
    ['a sorter that does not load', 'ordered', changed, withoutHandler('sorter')],
    ['a function of the machine that does not load', 'payments', changed, withoutHandler('attempt')],
    ['a secret that does not exist', 'secret', { ...BEFORE, secret: { retry, auth: bearer('after') } }, undefined],
    ['a machine whose executions fail', 'payments', BEFORE, withBrokenMachine],
  ])('is taken back, and loses no failure and repeats none: %s', async (_, dependency, others, tamper) => {
    const deployment = await world.deploy(others, { ...(tamper && { tamper }) });
    const { ids, ending } = await underTraffic(dependency, deployment);
    expect(ending).toBe('taken back');
    expect(await outcomesOf(ids)).toEqual(['recovered']);
    expect(ids.filter((id) => changesOf(id) !== 1)).toEqual([]);
    await quiet();
  });
});
