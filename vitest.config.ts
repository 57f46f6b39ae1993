import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Run a whole cloud, which is idle for most of the time: it waits for what is due. */
const CLOUDS = 'test/e2e/';
/** Expect something to happen in time where nothing scales it. */
const TIMED = ['test/e2e/faults.test.ts', 'test/e2e/saga.test.ts', 'test/tools/demo/start.test.ts'];

/** Spreads those that wait among those that compute, so that a machine is neither idle at first nor overrun at last. */
class Interleaved extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const clouds = sorted.filter(({ moduleId }) => moduleId.includes(CLOUDS));
    const others = sorted.filter(({ moduleId }) => !moduleId.includes(CLOUDS));
    const each = Math.ceil(others.length / Math.max(1, clouds.length - 1));
    // Two at first: one that computes runs beside them.
    return clouds.flatMap((file, n) => (n === 0 ? [file] : [file, ...others.splice(0, each)])).concat(others);
  }
}

/** Groups run one after another, so that what has time limits of its own is not slowed down by all the rest. */
function group(groupOrder: number, test: { name: string; include: string[]; exclude?: string[]; maxWorkers: number }) {
  return { extends: true as const, test: { ...test, sequence: { groupOrder } } };
}

export default defineConfig({
  test: {
    // For a machine that is busy; an idle one takes seconds for the longest.
    testTimeout: 30_000,
    // Of tests that are concurrent most of the time goes by waiting. What a file sets counts only in the first of those that share a process.
    maxConcurrency: 40,
    // Files share their modules: loading the CDK anew for each takes as long as the tests of it.
    isolate: false,
    sequence: { sequencer: Interleaved },
    // What handlers log in unit tests is noise; the end-to-end tests run them with the environment that they are deployed with.
    // One test of the app lets the CDK validate its templates; that takes as long as all the rest of a synth.
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true', CDK_VALIDATION: 'false' },
    projects: [
      group(0, { name: 'all', include: ['test/**/*.test.ts'], exclude: TIMED, maxWorkers: 3 }),
      group(1, { name: 'timed', include: TIMED, maxWorkers: 2 }),
    ],
  },
});
