import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import type { DependencyConfig } from '../../lib/config/dependency-config.ts';
import { HANDLERS } from '../../lib/parts/handler-names.ts';
import { createApp } from '../../lib/pipeline/app.ts';
import { type MeasuredStack, measureStacks } from '../../lib/quotas/quota-check.ts';
import { type Measured, MOST_IN_OPERATION, QUOTAS, type QuotaName } from '../../lib/quotas/quotas.ts';

/** What a pipeline needs of the quotas of AWS. */
export interface QuotaReport {
  /** The largest need for each quota. */
  readonly rows: readonly QuotaRow[];
  /** Resources of the pipeline with all its nested stacks. */
  readonly resources: number;
  /** Deployments that it takes to create them all. */
  readonly deployments: number;
}

interface QuotaRow {
  readonly quota: QuotaName;
  readonly amount: number;
  /** Stack, and logical id if one resource needs it. */
  readonly where: string;
}

/** Skips copies of assets and stack traces. */
const CONTEXT = { 'aws:cdk:disable-asset-staging': true, 'aws:cdk:disable-stack-trace': true };

/** Synthesizes a pipeline and measures it. @param ordered whether all lanes are ordered */
export function reportOn(count: number, ordered: boolean): QuotaReport {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-quotas-'));
  process.env.CDK_CONTEXT_JSON = JSON.stringify(CONTEXT);
  process.env.CDK_VALIDATION = 'false';
  try {
    for (const name of HANDLERS) writeFileSync(join(folder, `${name}.ts`), 'export const handler = () => undefined;\n');
    const app = createApp({ dependencies: sample(count, ordered) }, { handlers: folder }, join(folder, 'out'));
    const { directory } = app.synth();
    return summed(measureStacks(app.node.findChild('BackstopPipeline') as Stack, directory));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Dependencies with the longest names, and settings that create most resources. */
function sample(count: number, ordered: boolean): Readonly<Record<string, DependencyConfig>> {
  const each = { kind: 'http', ordered, redrive: { automatic: true }, conflict: { strategy: 'merge' } } as const;
  const names = Array.from(
    { length: count },
    (_, n) => `dependency-${String(n + 1).padStart(3, '0')}-${'n'.repeat(25)}`,
  );
  return Object.fromEntries(names.map((name, n) => [name, { ...each, baseUrl: `https://api-${n + 1}.example.com` }]));
}

export function summed(stacks: readonly MeasuredStack[]): QuotaReport {
  const all = stacks.flatMap(({ stack, measured }) => measured.map((each) => ({ ...each, stack: stack.node.path })));
  const rows = (Object.keys(QUOTAS) as QuotaName[]).map((quota) => mostOf(quota, all));
  const resources = all.filter((each) => each.quota === 'resources').reduce((sum, { amount }) => sum + amount, 0);
  return { rows, resources, deployments: Math.ceil(resources / MOST_IN_OPERATION) };
}

function mostOf(quota: QuotaName, all: readonly (Measured & { readonly stack: string })[]): QuotaRow {
  const most = all.filter((each) => each.quota === quota).toSorted((a, b) => b.amount - a.amount)[0];
  return { quota, amount: most?.amount ?? 0, where: most ? [most.stack, most.id ?? []].flat().join(' ') : '' };
}

/** The report as lines of a table. */
export function tableOf({ rows, resources, deployments }: QuotaReport): readonly string[] {
  const lines = rows.map(({ quota, amount, where }) => {
    const { what, limit } = QUOTAS[quota];
    return `${amount > limit ? '✗' : '✓'} ${what.padEnd(48)} ${String(amount).padStart(9)} of ${String(limit).padStart(9)}  ${where}`;
  });
  const total = `${resources} resources in all; CloudFormation creates ${MOST_IN_OPERATION} at once: ${deployments} deployment${deployments === 1 ? '' : 's'} at first`;
  return [...lines, total];
}
