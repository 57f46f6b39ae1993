import { config } from '../backstop.config.ts';
import { createApp } from '../lib/app.ts';
import { ConfigError } from '../lib/index.ts';

try {
  createApp(config).synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(`backstop.config.ts:\n${error.message}`);
  process.exitCode = 1;
}
