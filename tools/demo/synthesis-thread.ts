import { mkdirSync, writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { bundleAhead } from '../../lib/parts/handler-files.ts';
import { HANDLERS } from '../../lib/parts/handler-names.ts';
import { keepCompiledCode } from './compile-cache.ts';
import type { Synthesis } from './synthesis-app.ts';

keepCompiledCode();
const { functionsFolder }: Synthesis = workerData;
// The bundler is a process of its own. It works while this thread loads the constructs.
const bundled = bundleAhead(HANDLERS);
const { synthesizeDemo } = await import('./synthesis-app.ts');
mkdirSync(functionsFolder);
for (const { name, contents } of await bundled) writeFileSync(join(functionsFolder, name), contents);
parentPort?.postMessage('bundled');
synthesizeDemo(workerData);
flushCompileCache();
