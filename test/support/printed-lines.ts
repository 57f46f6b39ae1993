/**
 * Lets the tests of one file see what Powertools prints. The environment of all tests has Powertools print to the
 * console that tests can watch, and disables metrics. This module enables them for the tests of its file.
 *
 * @example
 * import { printedMetrics } from '../../support/printed-lines.ts';
 *
 * watchPrintedLines();
 */
import { afterEach, beforeEach, vi } from 'vitest';

/** Powertools reads it for each metric. */
const DISABLED = 'POWERTOOLS_METRICS_DISABLED';
const METHODS = ['info', 'warn', 'error', 'log'] as const;

/** Lines that the current test has printed so far. */
export const printedLines: string[] = [];

/** Registers the hooks that collect lines. Call it once in the file. */
export function watchPrintedLines(): void {
  beforeEach(() => {
    printedLines.length = 0;
    process.env[DISABLED] = 'false';
    for (const method of METHODS) {
      vi.spyOn(console, method).mockImplementation((line) => void printedLines.push(String(line)));
    }
  });
  afterEach(() => {
    process.env[DISABLED] = 'true';
    vi.restoreAllMocks();
  });
}

/** Metrics that the current test has printed so far: values and dimensions other than the service. */
export function printedMetrics(): readonly Readonly<Record<string, unknown>>[] {
  return printedLines
    .filter((line) => line.includes('_aws'))
    .map((line) => {
      const { _aws, service, timestamp, ...rest } = JSON.parse(line);
      return rest;
    });
}
