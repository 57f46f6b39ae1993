#!/usr/bin/env node
import { openDesk } from './desk/desk.ts';
import { run } from './desk/program.ts';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());
// Whoever reads the output, `head` for one, has read enough.
process.stdout.on('error', () => process.exit());

const { stdin, stdout, stderr } = process;
const streams = { stdin, stdout, stderr };
process.exitCode = await run(process.argv.slice(2), {
  streams,
  openDesk: (globals) => openDesk({ globals, streams, signal: interruption.signal }),
});
