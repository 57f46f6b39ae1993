import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type CfnStack, NestedStack, Stack } from 'aws-cdk-lib';
import type { ResiliencePipeline } from '../../lib/index.ts';
import { handlerArchive } from '../../lib/parts/handler-files.ts';
import { HANDLERS } from '../../lib/parts/handler-names.ts';
import { packageRoot } from '../../lib/parts/package-root.ts';
import { writeConstructs } from './import-time.ts';
import { median } from './stopwatch.ts';
import { sameResources, type Templates } from './synth-peer.ts';

const ROUNDS = 7;

export interface SynthTimes {
  readonly resources: number;
  /** Milliseconds of computing for the same resources, with the constructs of the CDK. */
  readonly cdk: number;
  readonly backstop: number;
}

/**
 * Median milliseconds of computing to create and synthesize an app with a pipeline, and one with the same resources in
 * the same stacks. Both run in turns in this process. The pipeline is that of the package, with its bundled handlers.
 *
 * @param isValidated whether the CDK validates the templates, as it does by default
 */
export async function synthTimes(dependencies: number, isValidated: boolean): Promise<SynthTimes> {
  return withLibrary(({ backstop, archive }) => {
    const ours = backstop(dependencies);
    const { templates } = synthesized(ours, isValidated);
    const contestants = { cdk: (stack: Stack) => sameResources(stack, templates, archive), backstop: ours };
    const times = { cdk: [] as number[], backstop: [] as number[] };
    // Skips the first round, which includes compilation.
    for (let round = -1; round < ROUNDS; round++) {
      for (const name of ['cdk', 'backstop'] as const) {
        const { ms } = synthesized(contestants[name], isValidated);
        if (round >= 0) times[name].push(ms);
      }
    }
    return { resources: countOf(templates), cdk: median(times.cdk), backstop: median(times.backstop) };
  });
}

/** Median milliseconds of computing to create and synthesize apps with these numbers of dependencies, in turns. */
export async function synthGrowth(counts: readonly number[]): Promise<readonly number[]> {
  return withLibrary(({ backstop }) => {
    const times = counts.map((count) => ({ fill: backstop(count), all: [] as number[] }));
    for (let round = -1; round < ROUNDS; round++)
      for (const { fill, all } of times) {
        const { ms } = synthesized(fill, true);
        if (round >= 0) all.push(ms);
      }
    return times.map(({ all }) => median(all));
  });
}

interface Library {
  /** Fills a stack with a pipeline of so many dependencies. */
  backstop(dependencies: number): (stack: Stack) => unknown;
  /** File of the handlers. */
  readonly archive: string;
}

async function withLibrary<Result>(measure: (library: Library) => Result): Promise<Result> {
  // Inside the project, so that Node finds the packages.
  const folder = mkdtempSync(join(packageRoot(), 'node_modules', '.bench-'));
  try {
    await writeConstructs(folder);
    const archive = join(folder, 'handlers.zip');
    writeFileSync(archive, handlerArchive(HANDLERS));
    const library: { readonly ResiliencePipeline: typeof ResiliencePipeline } = createRequire(import.meta.url)(
      join(folder, 'index.cjs'),
    );
    const backstop = (count: number) => (stack: Stack) =>
      new library.ResiliencePipeline(stack, 'Backstop', { dependencies: some(count) });
    return measure({ backstop, archive });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function some(count: number) {
  const dependency = (n: number) => ({ kind: 'http', baseUrl: `https://service-${n}.example.com` }) as const;
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`service-${n}`, dependency(n)]));
}

/** Reads the template of a synthesized stack and those of its nested stacks. */
function templatesOf(stack: Stack, outdir: string): Templates {
  const template: Templates = JSON.parse(readFileSync(join(outdir, stack.templateFile), 'utf8'));
  const nested = stack.node.findAll().flatMap((child) => {
    if (!NestedStack.isNestedStack(child) || child === stack || !child.nestedStackResource) return [];
    const id: string = stack.resolve((child.nestedStackResource as CfnStack).logicalId);
    return [[id, templatesOf(child, outdir)] as const];
  });
  return { ...template, nested: new Map(nested) };
}

function countOf({ Resources, nested = new Map() }: Templates): number {
  return [...nested.values()].reduce((sum, each) => sum + countOf(each), Object.keys(Resources).length);
}

/** Synthesizes an app with the given stack. */
function synthesized(
  fill: (stack: Stack) => unknown,
  builtinCloudFormationValidation: boolean,
): { readonly ms: number; readonly templates: Templates } {
  const outdir = mkdtempSync(join(tmpdir(), 'backstop-bench-'));
  try {
    const before = process.cpuUsage();
    const app = new App({ outdir, analyticsReporting: false, builtinCloudFormationValidation });
    const stack = new Stack(app, 'Own');
    fill(stack);
    app.synth();
    const { user, system } = process.cpuUsage(before);
    return { ms: (user + system) / 1_000, templates: templatesOf(stack, outdir) };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
