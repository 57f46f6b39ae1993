import { join } from 'node:path';
import { createApp } from '../lib/app.ts';
import { ConfigError } from '../lib/config-mistakes.ts';
import { loadConfig } from '../lib/load-config.ts';

const file = join(import.meta.dirname, '..', 'backstop.config.ts');
try {
  createApp(await loadConfig(file, () => import('../backstop.config.ts'))).synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(`The app can't be built from backstop.config.ts:\n${error.message}`);
  process.exitCode = 1;
}
