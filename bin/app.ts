import { join } from 'node:path';
import { ConfigError } from '../lib/config/validate-config.ts';
import { createApp } from '../lib/pipeline/app.ts';
import { loadConfig } from '../lib/pipeline/load-config.ts';

const file = join(import.meta.dirname, '..', 'backstop.config.ts');
try {
  createApp(await loadConfig(file, () => import('../backstop.config.ts'))).synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(`The app can't be built from backstop.config.ts:\n${error.message}`);
  process.exitCode = 1;
}
