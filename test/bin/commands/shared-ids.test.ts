import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { failureKey } from '../../../lambdas/contract/failure-key.ts';
import { DEAD_LETTERS, DlqScene, LANE_QUEUE, PARKED, WHY } from './dlq-scene.ts';

const scene = DlqScene.inThisFile();
const patch = join(tmpdir(), 'backstop-shared-ids.json');
writeFileSync(patch, JSON.stringify({ body: { total: 6 } }));

let id = '';
let count = 0;
beforeEach(() => {
  id = `shared-${++count}`;
});

const outcomes = (...all: readonly Parameters<typeof failureKey>[0][]) =>
  Promise.all(all.map(async (each) => (await scene.ledger.get(failureKey(each)))?.outcome));

it.each<[string, (id: string) => readonly string[]]>([
  ['show', (named) => ['dlq', 'show', named]],
  ['edit', (named) => ['dlq', 'edit', named, '--merge', patch, ...WHY]],
  ['discard', (named) => ['dlq', 'discard', named, ...WHY]],
  ['redrive --id', (named) => ['dlq', 'redrive', 'payments', '--id', named, ...WHY]],
  ['redrive --id --dry-run', (named) => ['dlq', 'redrive', 'payments', '--id', named, '--dry-run']],
  ['redrive --parked', (named) => ['dlq', 'redrive', '--parked', named, ...WHY]],
  ['decisions show', (named) => ['decisions', 'show', named]],
  ['decide', (named) => ['decide', named, 'ours', '--question', '1.1', ...WHY]],
])('%s lists the failures of several tenants with the id, and does nothing', async (_, command) => {
  const plain = await scene.dead({ id });
  const acme = await scene.dead({ id, tenant: 'acme' });
  const { code, err } = await scene.operator().backstop(...command(id));
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(`2 failures have the id '${id}'`) });
  expect(err).toContain("--dependency payments --tenant ''");
  expect(err).toContain('--dependency payments --tenant acme');
  expect(await outcomes(plain, acme)).toEqual(['dead-lettered', 'dead-lettered']);
  expect(scene.sqs.allBodies(DEAD_LETTERS)).toHaveLength(2);
});

it('a tenant, also none, says which one is meant', async () => {
  const [plain, acme, other] = [
    await scene.dead({ id }),
    await scene.dead({ id, tenant: 'acme' }),
    await scene.dead({ id, dependency: 'orders' }),
  ];
  expect((await scene.dlq('discard', id, '--tenant', 'acme', ...WHY)).code).toBe(0);
  expect(await outcomes(plain, acme, other)).toEqual(['dead-lettered', 'discarded', 'dead-lettered']);
  const shown = await scene.dlq('show', id, '--dependency', 'payments', '--tenant', '', '--json');
  expect(JSON.parse(shown.out)).toMatchObject({ id, dependency: 'payments', outcome: 'dead-lettered' });
  expect((await scene.dlq('discard', id, '--dependency', 'payments', '--tenant', '', ...WHY)).code).toBe(0);
  expect(await outcomes(plain, acme, other)).toEqual(['discarded', 'discarded', 'dead-lettered']);
});

it('a redrive of one tenant moves its dead letter only', async () => {
  await scene.dead({ id });
  const acme = await scene.dead({ id, tenant: 'acme' });
  const letter = scene.deadLetterOf(acme);
  const { code, out } = await scene.dlq('redrive', 'payments', '--id', id, '--tenant', 'acme', ...WHY, '--json');
  expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, moved: 1 });
  expect(scene.sqs.allBodies(LANE_QUEUE)).toEqual([letter]);
});

it('a parked failure of one tenant gets its cycle', async () => {
  const plain = await scene.dead({ id, cycle: 5, parkedAfter: 5 }, PARKED);
  const acme = await scene.dead({ id, tenant: 'acme', cycle: 5, parkedAfter: 5 }, PARKED);
  const { code } = await scene.dlq('redrive', '--parked', id, '--dependency', 'payments', '--tenant', 'acme', ...WHY);
  expect(code).toBe(0);
  const allowed = await Promise.all([plain, acme].map(async (each) => scene.ledger.get(failureKey(each))));
  expect(allowed.map((entry) => entry?.cyclesAllowed)).toEqual([undefined, 6]);
});

it('a discard by filter counts each failure, though they share the id', async () => {
  for (const tenant of [undefined, 'acme', 'bolt']) await scene.dead({ id, tenant });
  const { code, out } = await scene.dlq('discard', '--rule', 'http-422', ...WHY, '--json');
  expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, discarded: [id, id, id], left: [] });
});

it('trace tells of all of them', async () => {
  for (const tenant of [undefined, 'acme']) await scene.dead({ id, tenant });
  const { out } = await scene.operator().backstop('trace', id, '--json');
  const { failures } = JSON.parse(out);
  expect(failures.map(({ tenant = '' }: { tenant?: string }) => tenant).toSorted()).toEqual(['', 'acme']);
});
