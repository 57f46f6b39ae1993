import { defineConfig, mergeConfig } from 'vitest/config';
import project from '../../../vitest.config.ts';

const { MUTANT_FILE = '', MUTANT_LINE = '0', MUTANT_REPORT = '' } = process.env;

/** The project's tests, with one line of the code missing. */
export default mergeConfig(
  project,
  defineConfig({
    // Only Vite's own runner transforms files.
    test: { experimental: { viteModuleRunner: true }, reporters: [['json', { outputFile: MUTANT_REPORT }]] },
    plugins: [
      {
        name: 'mutant',
        enforce: 'pre',
        transform(code, id) {
          if (!id.endsWith(MUTANT_FILE)) return undefined;
          return code
            .split('\n')
            .map((text, index) => (index === Number(MUTANT_LINE) - 1 ? '' : text))
            .join('\n');
        },
      },
    ],
  }),
);
