import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import type { ResiliencePipeline } from '../../lib/index.ts';
import { handlerFiles } from '../../lib/parts/handler-files.ts';
import { HANDLERS } from '../../lib/parts/handler-names.ts';
import { packageRoot } from '../../lib/parts/package-root.ts';
import { writeConstructs } from './import-time.ts';
import { median } from './stopwatch.ts';
import { type Resources, sameResources } from './synth-peer.ts';

const ROUNDS = 5;

export interface SynthTimes {
  readonly resources: number;
  /** Milliseconds of computing for the same resources, with the constructs of the CDK. */
  readonly cdk: number;
  readonly backstop: number;
}

/**
 * Median milliseconds of computing to create and synthesize an app with a pipeline, and one with the same resources.
 * Both run in turns in this process. The pipeline is that of the package, with its bundled handlers.
 */
export async function synthTimes(dependencies: number): Promise<SynthTimes> {
  // Inside the project, so that Node finds the packages.
  const folder = mkdtempSync(join(packageRoot(), 'node_modules', '.bench-'));
  try {
    await writeConstructs(folder);
    const handlers = join(folder, 'handlers');
    mkdirSync(handlers);
    for (const { name, contents } of handlerFiles(HANDLERS)) writeFileSync(join(handlers, name), contents);
    const library: { readonly ResiliencePipeline: typeof ResiliencePipeline } = createRequire(import.meta.url)(
      join(folder, 'index.cjs'),
    );
    const backstop = (stack: Stack) =>
      new library.ResiliencePipeline(stack, 'Backstop', { dependencies: some(dependencies) });
    const template: Resources = synthesized(backstop).resources;
    const contestants = { cdk: (stack: Stack) => sameResources(stack, template, handlers), backstop };
    const times = { cdk: [] as number[], backstop: [] as number[] };
    // Skips the first round, which includes compilation.
    for (let round = -1; round < ROUNDS; round++) {
      for (const name of ['cdk', 'backstop'] as const) {
        const { ms } = synthesized(contestants[name]);
        if (round >= 0) times[name].push(ms);
      }
    }
    return { resources: Object.keys(template).length, cdk: median(times.cdk), backstop: median(times.backstop) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function some(count: number) {
  const dependency = (n: number) => ({ kind: 'http', baseUrl: `https://service-${n}.example.com` }) as const;
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`service-${n}`, dependency(n)]));
}

/** Resources of the nested stacks, which the peer puts into its one stack. */
function nestedIn(outdir: string): Resources {
  const files = readdirSync(outdir).filter((name) => name.endsWith('.nested.template.json'));
  const resources = files.flatMap((file, n) => {
    const { Resources: own = {} }: { Resources?: Resources } = JSON.parse(readFileSync(join(outdir, file), 'utf8'));
    return Object.entries(own).map(([id, resource]) => [`Nested${n}${id}`, resource] as const);
  });
  return Object.fromEntries(resources);
}

/** Synthesizes an app with the given stack. */
function synthesized(fill: (stack: Stack) => unknown): { readonly ms: number; readonly resources: Resources } {
  const outdir = mkdtempSync(join(tmpdir(), 'backstop-bench-'));
  try {
    const before = process.cpuUsage();
    const app = new App({ outdir, analyticsReporting: false });
    fill(new Stack(app, 'Own'));
    const assembly = app.synth();
    const { user, system } = process.cpuUsage(before);
    const { template } = assembly.getStackByName('Own');
    return { ms: (user + system) / 1_000, resources: { ...template.Resources, ...nestedIn(outdir) } };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
