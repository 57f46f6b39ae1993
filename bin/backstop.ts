#!/usr/bin/env node
import { openDesk } from './desk/desk.ts';
import { EXIT_CODES } from './desk/mistakes.ts';
import { run } from './program.ts';

/** Whoever interrupts it wants to know why it is still there. */
const PATIENCE_MS = 1_000;

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Cut off at once nothing is lost either: what is in hand is only hidden for some minutes.
    if (interruption.signal.aborted) process.exit(EXIT_CODES.interrupted);
    interruption.abort();
    const tell = () =>
      process.stderr.write('Shutting down: returning in-flight messages. Press Ctrl-C again to exit now.\n');
    setTimeout(tell, PATIENCE_MS).unref();
  });
}
// Whoever reads the output, `head` for one, has read enough.
process.stdout.on('error', () => process.exit());

const { stdin, stdout, stderr } = process;
const streams = { stdin, stdout, stderr };
process.exitCode = await run(process.argv.slice(2), {
  streams,
  openDesk: (globals) => openDesk({ globals, streams, signal: interruption.signal }),
});
