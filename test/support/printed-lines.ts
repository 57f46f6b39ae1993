/**
 * Lets the tests of one file see what Powertools prints. Files share their modules, so telemetry must be loaded again
 * after the environment changes, and again for the next file. Load this module before any other import:
 *
 * @example
 * const { printedMetrics } = await vi.hoisted(() => import('../../support/printed-lines.ts'));
 */
import { afterAll, afterEach, beforeEach, vi } from 'vitest';

// By default, Powertools writes to its own console, which no test can watch. It decides once, when it creates metrics.
vi.stubEnv('POWERTOOLS_DEV', 'true').stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
vi.resetModules();
afterAll(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

const METHODS = ['info', 'warn', 'error', 'log'] as const;

/** Lines that the current test has printed so far. */
export const printedLines: string[] = [];

beforeEach(() => {
  printedLines.length = 0;
  for (const method of METHODS) {
    vi.spyOn(console, method).mockImplementation((line) => void printedLines.push(String(line)));
  }
});
afterEach(() => void vi.restoreAllMocks());

/** Metrics that the current test has printed so far: values and dimensions other than the service. */
export function printedMetrics(): readonly Readonly<Record<string, unknown>>[] {
  return printedLines
    .filter((line) => line.includes('_aws'))
    .map((line) => {
      const { _aws, service, timestamp, ...rest } = JSON.parse(line);
      return rest;
    });
}
