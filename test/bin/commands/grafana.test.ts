import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';
import { named, resourcesOf, synthesizeTemplates } from '../../lib/templates.ts';
import { fakeClient, startOperator } from '../../support/operator.ts';

const http = { kind: 'http', baseUrl: 'https://example.com' } as const;
const { pipeline } = synthesizeTemplates({
  dependencies: { payments: { ...http, conflict: { strategy: 'ask' } }, orders: { ...http, ordered: true } },
});
/** Dashboards as CloudWatch returns them, with names instead of references. */
const bodies = Object.fromEntries(
  Object.entries(resourcesOf(pipeline, 'AWS::CloudWatch::Dashboard')).map(([id, { Properties }]) => [
    id.replace(/^Pipeline(?:Dashboards)?(Overview|Cost|Conflicts).*$/, '$1'),
    named(Properties.DashboardBody),
  ]),
);
const asked: unknown[] = [];
const { backstop } = startOperator({
  tables: { client: new DynamoDBClient(), ledger: 'ledger', circuits: 'circuits', audit: 'audit', effects: 'effects' },
  clients: {
    cloudwatch: fakeClient(({ input }) => {
      asked.push(input);
      return { DashboardBody: bodies['DashboardName' in input ? String(input.DashboardName) : ''] };
    }),
  },
  deployment: {
    outputs: { OverviewDashboardName: 'Overview', CostDashboardName: 'Cost', ConflictsDashboardName: 'Conflicts' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'backstop-grafana-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('backstop grafana', () => {
  it.each([
    [[], 'Overview', 'payments: calls (ms)'],
    [['cost'], 'Cost', 'Dollars per day'],
    [['conflicts'], 'Conflicts', 'Conflicts'],
  ])('prints the dashboard that is deployed: %j', async (args, DashboardName, title) => {
    const { code, out } = await backstop('grafana', ...args);
    expect([code, asked.at(-1)]).toEqual([0, { DashboardName }]);
    const { panels } = JSON.parse(out);
    expect(panels).toHaveLength(JSON.parse(bodies[DashboardName] ?? '').widgets.length);
    expect(panels.map((panel: { title: string }) => panel.title)).toContain(title);
  });

  it('writes it into a file', async () => {
    const file = join(folder, 'overview.json');
    const { code, out } = await backstop('grafana', '--out', file);
    expect([code, out]).toEqual([0, expect.stringContaining(`Written to ${file}.`)]);
    expect(existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).title).toBe(
      'Backstop: overview (BackstopPipeline)',
    );
  });

  it('says what there is where it is asked for something else', async () => {
    expect(await backstop('grafana', 'lanes')).toMatchObject({
      code: 2,
      err: expect.stringContaining('overview, cost, conflicts'),
    });
  });
});
