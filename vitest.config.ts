import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What handlers log in unit tests is noise; the end-to-end tests run them with the environment that they are deployed with.
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT' },
  },
});
