import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/** Keeps what Node compiles, so that the next start loads it in half the time. `npm ci` removes it. */
export function keepCompiledCode(): void {
  enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/compiled'));
}
