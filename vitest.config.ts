import { defineConfig } from 'vitest/config';

/** Tests that run a whole cloud. */
const WHOLE = ['test/e2e/**/*.test.ts', 'test/tools/**/*.test.ts'];
/** Keeps both cores busy by itself. */
const HEAVY = ['test/e2e/faults.test.ts'];

/** Groups run one after another, so that what has time limits of its own is not slowed down by all the rest. */
function group(name: string, groupOrder: number, maxWorkers: number, include: string[], exclude: string[] = []) {
  return { extends: true as const, test: { name, include, exclude, maxWorkers, sequence: { groupOrder } } };
}

export default defineConfig({
  test: {
    // For a machine that is busy; an idle one takes seconds for the longest.
    testTimeout: 30_000,
    // What handlers log in unit tests is noise; the end-to-end tests run them with the environment that they are deployed with.
    // One test of the app lets the CDK validate its templates; that takes as long as all the rest of a synth.
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true', CDK_VALIDATION: 'false' },
    projects: [
      group('parts', 0, 2, ['test/**/*.test.ts'], WHOLE),
      group('whole', 1, 2, WHOLE, HEAVY),
      group('faults', 2, 1, HEAVY),
    ],
  },
});
