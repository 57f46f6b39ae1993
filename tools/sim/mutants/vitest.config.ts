import { writeFileSync } from 'node:fs';
import { defineConfig, mergeConfig } from 'vitest/config';
import project from '../../../vitest.config.ts';
import { type Edit, withEdit } from './edits.ts';

const { MUTANT = 'null', MUTANT_REPORT = '', MUTANT_APPLIED = '' } = process.env;
const mutant: Edit | null = JSON.parse(MUTANT);
const isMutant = (id: string) => mutant !== null && id.endsWith(`/${mutant.file}`);

/** The project's tests, with one guard of the code missing. */
export default mergeConfig(
  project,
  defineConfig({
    // Only Vite's own runner transforms files.
    test: {
      experimental: { viteModuleRunner: true },
      reporters: [['json', { outputFile: MUTANT_REPORT }]],
      bail: 1,
      // Without a guard, a test may wait for an answer that never comes.
      testTimeout: 60_000,
    },
    plugins: [
      {
        name: 'mutant',
        enforce: 'pre',
        // Vitest keeps transformed files on disk, and would take those of another mutant.
        configureVitest({ defineCacheKeyGenerator }) {
          defineCacheKeyGenerator(({ id }) => (isMutant(id) ? false : undefined));
        },
        transform(code, id) {
          if (mutant === null || !isMutant(id)) return undefined;
          writeFileSync(MUTANT_APPLIED, id);
          return withEdit(code, mutant);
        },
      },
    ],
  }),
);
