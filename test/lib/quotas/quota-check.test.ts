import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App, Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import type { BackstopConfig, HttpDependencyConfig } from '../../../lib/config/dependency-config.ts';
import { createApp } from '../../../lib/pipeline/app.ts';
import { measureStacks } from '../../../lib/quotas/quota-check.ts';
import { exceeds, type Measured, QUOTAS, type QuotaName } from '../../../lib/quotas/quotas.ts';
import { standIns, templatesOnly, temporaryFolder } from '../templates.ts';

const http: HttpDependencyConfig = { kind: 'http', baseUrl: 'https://api.example.com' };

function synthesized(dependencies: BackstopConfig['dependencies'], runbookUrl?: string) {
  const folder = temporaryFolder();
  const app = templatesOnly((): App => createApp({ dependencies }, { handlers: standIns(), runbookUrl }, folder));
  app.synth();
  const stack = app.node.findChild('BackstopPipeline') as Stack;
  const measured = measureStacks(stack, folder).flatMap(({ stack: { node }, measured: all }) =>
    all.map((each): Measured & { readonly path: string } => ({ ...each, path: node.path })),
  );
  return { folder, measured, stack };
}

const mostOf = (measured: readonly Measured[], quota: QuotaName) =>
  Math.max(...measured.filter((each) => each.quota === quota).map(({ amount }) => amount));

describe('a pipeline of many dependencies', () => {
  // Longest names, and the settings that create most.
  const lane = { ...http, ordered: true, redrive: { automatic: true }, conflict: { strategy: 'merge' } } as const;
  const lanes = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`n${'o'.repeat(36)}-${n + 10}`, lane]));
  const [few, many] = [synthesized(lanes(2)), synthesized(lanes(21))];

  it('keeps to all quotas', () => {
    for (const { measured } of [few, many]) expect(measured.filter(exceeds)).toEqual([]);
  });

  it.each<QuotaName>([
    'environment',
    'inlinePolicies',
    'managedPolicy',
    'managedPolicies',
    'queuePolicy',
    'queueStatements',
    'queueActions',
    'busPolicy',
    'alarmRule',
    'machine',
    'parameter',
    'outputs',
  ])('needs no more for each further one: %s', (quota) => {
    expect(mostOf(many.measured, quota)).toBeLessThanOrEqual(mostOf(few.measured, quota) + 3);
  });

  it.each<QuotaName>(['resources', 'rules'])('has room for 200 of them: %s', (quota) => {
    const own = ({ measured, stack }: typeof few) =>
      mostOf(
        measured.filter(({ path }) => path === stack.node.path),
        quota,
      );
    expect(own(many) + (179 * (own(many) - own(few))) / 19).toBeLessThanOrEqual(QUOTAS[quota].limit);
  });

  it('has room for 200 of them in its template, without white space', () => {
    const template = JSON.parse(readFileSync(join(many.folder, 'BackstopPipeline.template.json'), 'utf8'));
    const [, lane] = Object.entries(template.Resources).find(([id]) => id.includes('LaneNestedStack')) ?? [];
    // Dashboards and rules over logs name each lane, too.
    const each = JSON.stringify(lane).length + 1_500;
    expect(each).toBeGreaterThan(2_500);
    expect(JSON.stringify(template).length + 179 * each).toBeLessThanOrEqual(QUOTAS.template.limit);
  });
});

describe('a lane', () => {
  const templateOf = (folder: string, name: string) => {
    const manifest = JSON.parse(readFileSync(join(folder, 'BackstopPipeline.assets.json'), 'utf8'));
    const sources = Object.values<{ source: { path: string } }>(manifest.files).map(({ source }) => source.path);
    const file = sources.find((path) => path.includes(`Pipeline${name}Lane`)) ?? '';
    // All functions share one asset, which holds the settings of every dependency.
    return readFileSync(join(folder, file), 'utf8').replaceAll(/[0-9a-f]{64}\.zip/g, 'ASSET.zip');
  };

  it('stays as it is, byte for byte, when others come and go', () => {
    const all = synthesized({ first: http, middle: http, last: http });
    const without = synthesized({ first: http, last: http });
    for (const name of ['First', 'Last']) expect(templateOf(without.folder, name)).toBe(templateOf(all.folder, name));
  });
});

it('a synth that exceeds a quota names the construct, the excess and what to do', () => {
  const long = `https://${'r'.repeat(4_000)}.example.com`;
  expect(() => synthesized({ payments: http }, long)).toThrow(
    /BackstopPipeline\/Pipeline\/PaymentsLane\/Default\/Worker: bytes of a function's environment: at most 4096, got \d+: shorten/,
  );
});
