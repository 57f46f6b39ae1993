import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { type LocalCloud, startCloud } from '../local/cloud.ts';
import { startDependency } from './dependency.ts';
import { Report, seconds } from './report.ts';
import { runDemonstration } from './run.ts';
import { readScenarios } from './scenario.ts';

const report = new Report(process.stdout);
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort(signal));

process.exitCode = await main(interruption.signal);

/** Answers the exit code. */
async function main(signal: AbortSignal): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'backstop-demo-'));
  const logFile = join(folder, 'functions.log');
  const stops = [() => rm(folder, { recursive: true, force: true })];
  report.line(report.style('bold', 'Backstop: every failure to exactly one outcome'));
  report.line();
  try {
    const scenarios = await readScenarios(join(import.meta.dirname, 'events'));
    const dependency = await startDependency();
    stops.unshift(dependency.stop);
    const cloud = await startBackstop(folder, logFile, dependency.url);
    stops.unshift(() => cloud.stop());
    signal.throwIfAborted();
    const stayUp = process.stdout.isTTY;
    const ok = await runDemonstration({ scenarios, dependency, cloud, logFile, report, stayUp, signal });
    return ok ? 0 : 1;
  } catch (error) {
    // Ctrl-C while the synthesis held the event loop may break it before the signal itself gets through.
    await eventLoopTurn();
    if (signal.aborted) return signal.reason === 'SIGINT' ? 130 : 143;
    report.line(`The demonstration can't go on: ${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    report.status('');
    for (const stop of stops) await stop();
  }
}

/** Synthesizes the app, and runs what that wrote. */
async function startBackstop(folder: string, logFile: string, dependencyUrl: string): Promise<LocalCloud> {
  const assembly = join(folder, 'cdk.out');
  const begun = performance.now();
  report.status('  Synthesizing the app …');
  const { synthesizeDemo } = await import('./synthesis.ts');
  synthesizeDemo(dependencyUrl, assembly);
  const synthesized = performance.now();
  report.line(`  Synthesized the app's stacks in ${seconds(synthesized - begun)}`);
  report.status('  Starting the embedded cloud …');
  const log = createWriteStream(logFile);
  const cloud = await startCloud({ assembly, onLog: ({ text }) => log.write(`${text}\n`) });
  report.status('');
  report.line(`  Started the embedded cloud in ${seconds(performance.now() - synthesized)}`);
  return cloud;
}
