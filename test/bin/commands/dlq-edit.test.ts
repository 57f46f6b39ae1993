import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json } from '../../support/json.ts';
import { LANES } from '../../support/operator.ts';
import { keyOf, sampleSettings } from '../../support/samples.ts';
import { DlqScene, WHY } from './dlq-scene.ts';

const scene = DlqScene.inThisFile();

describe('backstop dlq edit', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'backstop-dlq-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const file = (content: unknown) => {
    const path = join(folder, `${randomUUID()}.json`);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };

  it('shows the difference, masked, and changes the operation', async () => {
    const { id } = await scene.dead();
    const patch = file([
      { op: 'replace', path: '/body/total', value: 6 },
      { op: 'replace', path: '/body/email', value: 'bob@example.com' },
    ]);
    const { out, code } = await scene.dlq('edit', id, '--patch', patch, ...WHY);
    expect(code).toBe(0);
    expect(out).toMatch(/\/body\/total +5 +6/);
    expect(out).not.toMatch(/(ada|bob)@example/);
    expect((await scene.ledger.get(keyOf(id)))?.failure?.operation.body).toBe(
      json({ total: 6, email: 'bob@example.com' }),
    );
  });

  it('keeps what was changed in the audit trail, masked also where the screen is not, and tells no event of it', async () => {
    const { id } = await scene.dead();
    const merge = file({ body: { total: 6, email: 'bob@example.com' } });
    await scene.dlq('edit', id, '--merge', merge, '--show-values', ...WHY);
    const act = await scene.lastAct('edit');
    expect(act).toMatchObject({ action: 'edit', failureId: id, by: 'ada' });
    expect(JSON.parse(act.facts.difference ?? '')).toContainEqual({ path: '/body/total', before: 5, after: 6 });
    expect(act.facts.difference).not.toContain('@example.com');
    const { tables } = scene;
    const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.ledger }));
    const events = Items.flatMap(({ outbox }) => outbox?.M?.detail?.S ?? []).filter((detail) => detail.includes(id));
    // One for the look, and one for the edit.
    expect(events).toHaveLength(2);
    expect(events.join('\n')).not.toContain('difference');
  });

  it('only shows with --dry-run, and masked values only with --show-values', async () => {
    const { id } = await scene.dead();
    const merge = file({ body: { email: 'bob@example.com' } });
    const { out } = await scene.dlq('edit', id, '--merge', merge, '--show-values', '--dry-run', ...WHY);
    expect(out).toContain('bob@example.com');
    expect((await scene.ledger.get(keyOf(id)))?.edited).toBeUndefined();
  });

  it('writes down no name of a field that nobody may see, whatever is shown', async () => {
    const lanes = LANES.map((lane) => ({ ...lane, sensitive: ['/customers'] }));
    const settings = sampleSettings({ conflict: { strategy: 'reject', sensitive: ['/customers'] } });
    const ports = { dependencies: new Map([[settings.name, settings]]) };
    const { backstop } = scene.operator({ deployment: { lanes }, ports });
    const { id } = await scene.dead();
    const merge = file({ body: { customers: { lovelace: 1 } } });
    const { out } = await backstop('dlq', 'edit', id, '--merge', merge, '--show-values', ...WHY);
    expect(out).toContain('lovelace');
    const { trail } = (await scene.ledger.get(keyOf(id))) ?? {};
    expect(trail?.at(-1)).toMatchObject({ step: 'edited', fields: '/body/customers' });
    const act = await scene.lastAct('edit');
    expect(act).toMatchObject({ action: 'edit', failureId: id });
    expect(JSON.stringify(act)).not.toContain('lovelace');
  });

  it("says why it can't be", async () => {
    const { id } = await scene.dead({ uncertain: 'attempt', reason: 'unknown-result' });
    const patch = file([{ op: 'replace', path: '/body/total', value: 6 }]);
    expect(await scene.dlq('edit', id, '--patch', patch, ...WHY)).toMatchObject({
      code: 4,
      err: expect.stringContaining('find out first'),
    });
    expect(await scene.dlq('edit', 'unheard-of', '--patch', patch, ...WHY)).toMatchObject({ code: 3 });
  });
});
