import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepCompiledCode } from './compile-cache.ts';
import type { News } from './news.ts';
import { Report } from './report.ts';

/** Speed on a terminal, where somebody watches. Elsewhere the demo runs as fast as the machine can. */
const PACE = 2;
/** What a call takes at the dependency. */
const LATENCY_MS = 120;

const report = new Report(process.stdout);
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort(signal));
// The reader of the output, such as `head`, has closed the pipe.
process.stdout.on('error', () => interruption.abort('SIGPIPE'));

keepCompiledCode();
process.exitCode = await main(interruption.signal);

/** Returns the exit code. */
async function main(signal: AbortSignal): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'backstop-demo-')).catch(() => undefined);
  if (folder === undefined)
    return fail(`the temporary folder ${tmpdir()} is missing: create it, or set TMPDIR to another`);
  const stops = [() => rm(folder, { recursive: true, force: true })];
  report.line(report.style('bold', 'Backstop: every failure ends with exactly one outcome'));
  report.line();
  try {
    // What is loaded takes longer than the first line, and the interruption must not wait for it.
    const { startDependency, startShop, readScenarios, synthesize } = await import('./servers.ts');
    signal.throwIfAborted();
    const scenarios = await readScenarios(join(import.meta.dirname, 'events'));
    const dependency = await startDependency();
    dependency.slowDown(LATENCY_MS);
    stops.unshift(dependency.stop);
    const shop = await startShop();
    stops.unshift(shop.stop);
    const files = {
      logFile: join(folder, 'functions.log'),
      outputsFile: join(folder, 'outputs'),
      envFile: join(folder, 'env'),
      programs: join(folder, 'bin'),
    };
    const news: News = { repetitions: [], changes: [], questions: [] };
    const urls = { dependencyUrl: dependency.url, shopUrl: shop.url };
    const bundled = Promise.withResolvers<string>();
    const [assembly, { VirtualClock, startBackstop, runDemonstration }] = await Promise.all([
      synthesize({ ...urls, folder, report, signal, onBundled: bundled.resolve }),
      loadCloud(bundled.promise),
    ]);
    const stayUp = process.stdout.isTTY;
    const clock = new VirtualClock(stayUp ? { pace: PACE } : {});
    const cloud = await clock.run(startBackstop({ ...files, assembly, news, report }));
    stops.unshift(cloud.stop);
    signal.throwIfAborted();
    const options = { scenarios, dependency, shop, cloud, clock, files, news, report, stayUp, signal };
    const ok = await clock.run(runDemonstration(options), Number.POSITIVE_INFINITY);
    // Keeps the logs of a failed run for the analysis.
    if (!ok) stops.pop();
    return ok ? 0 : 1;
  } catch (error) {
    return signal.aborted ? 128 + constants.signals[signal.reason as NodeJS.Signals] : fail(error);
  } finally {
    report.status('');
    // The terminal has just shown `^C`.
    if (signal.aborted) report.line();
    for (const stop of stops) await stop();
    if (signal.aborted) report.line('Stopped. Temporary files are removed.');
  }
}

/** Loads the embedded cloud, and compiles the functions that it will run, while a thread synthesizes the app. */
async function loadCloud(functionsFolder: Promise<string>): Promise<typeof import('./parts.ts')> {
  const parts = await import('./parts.ts');
  await parts.compileAhead(await functionsFolder);
  return parts;
}

function fail(error: unknown): number {
  report.status('');
  console.error(`The demo failed: ${error instanceof Error ? error.message : error}`);
  return 1;
}
