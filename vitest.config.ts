import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { QUICK_SYNTH } from './test/support/quick-synth.ts';

/** Only what hangs takes so long: no test depends on how fast it runs. */
const HANGS_MS = 900_000;

export default defineConfig({
  test: {
    testTimeout: HANGS_MS,
    hookTimeout: HANGS_MS,
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    expect: { requireAssertions: true },
    globalSetup: './test/support/own-temporary-folder.ts',
    setupFiles: ['./test/support/no-time-limits.ts', './test/support/own-package.ts'],
    // Of tests that are concurrent most of the time goes by waiting. What a file sets counts only in the first of those
    // that share a process.
    maxConcurrency: 40,
    // Files share their modules: to load the CDK for each file takes as long as the tests of it.
    isolate: false,
    // Node runs the files as they are: it strips their types faster than Vite transforms them, and calls imports
    // directly.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // What handlers log in unit tests is noise; the end-to-end tests run them with the environment that they are
    // deployed with. One test of the app lets the CDK validate its templates; that takes as long as all the rest of a
    // synth.
    env: {
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      POWERTOOLS_METRICS_DISABLED: 'true',
      POWERTOOLS_DEV: 'true',
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify(QUICK_SYNTH),
      // Processes that tests start load the CDK and the SDK in half the time if another has compiled them before.
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'compiled'),
    },
  },
});
