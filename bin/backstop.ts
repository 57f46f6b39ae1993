#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import { EXIT_CODES } from './session/errors.ts';
import { toolName } from './session/tool-name.ts';

/** The shutdown says what it waits for only after this time. */
const PATIENCE_MS = 1_000;

// Keeps what Node compiles, so that the next start loads it in half the time. Node 20 can't. A missing temporary folder
// would be made, and the tool would not say that it is missing.
if (existsSync(tmpdir())) module.enableCompileCache?.();

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // An immediate exit loses nothing either: in-flight messages become visible again within minutes.
    if (interruption.signal.aborted) process.exit(EXIT_CODES.interrupted);
    interruption.abort();
    const tell = () =>
      process.stderr.write('Shutting down: returning in-flight messages. Press Ctrl-C again to exit now.\n');
    setTimeout(tell, PATIENCE_MS).unref();
  });
}
// The reader of the output, such as `head`, has closed the pipe.
process.stdout.on('error', () => process.exit());

const { stdin, stdout, stderr } = process;
const streams = { stdin, stdout, stderr };
const tool = toolName({ script: process.argv[1] ?? '', env: process.env, folder: process.cwd() });
const { run } = await import('./program.ts');
process.exitCode = await run(process.argv.slice(2), {
  streams,
  tool,
  openSession: async (globals) => {
    const { openSession } = await import('./session/session.ts');
    return openSession({ globals, streams, tool, signal: interruption.signal });
  },
});
