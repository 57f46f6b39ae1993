import { defineConfig } from 'vitest/config';

/** Tests that run a whole cloud. */
const WHOLE = ['test/e2e/**/*.test.ts', 'test/tools/**/*.test.ts'];
/** Expect something to happen in time where nothing scales it. */
const TIMED = ['test/e2e/faults.test.ts', 'test/e2e/saga.test.ts', 'test/tools/demo/start.test.ts'];

/** Groups run one after another, so that what has time limits of its own is not slowed down by all the rest. */
function group(groupOrder: number, test: Group) {
  return { extends: true as const, test: { maxWorkers: 2, ...test, sequence: { groupOrder } } };
}

interface Group {
  readonly name: string;
  readonly include: string[];
  readonly exclude?: string[];
  readonly maxWorkers?: number;
  readonly isolate?: boolean;
}

export default defineConfig({
  test: {
    // For a machine that is busy; an idle one takes seconds for the longest.
    testTimeout: 30_000,
    // What handlers log in unit tests is noise; the end-to-end tests run them with the environment that they are deployed with.
    // One test of the app lets the CDK validate its templates; that takes as long as all the rest of a synth.
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true', CDK_VALIDATION: 'false' },
    projects: [
      // These share their modules: loading the CDK anew for each file takes as long as the tests of it.
      group(0, { name: 'parts', include: ['test/**/*.test.ts'], exclude: WHOLE, isolate: false }),
      // A cloud is idle for most of the time: it waits for what is due.
      group(1, { name: 'whole', include: WHOLE, exclude: TIMED, maxWorkers: 3 }),
      group(2, { name: 'timed', include: TIMED }),
    ],
  },
});
