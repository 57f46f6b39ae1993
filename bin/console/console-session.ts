import { Printer, type PrinterStreams } from '../session/printer.ts';
import { createSession, type Session } from '../session/session.ts';
import type { RunTool } from './run-for-document.ts';

/** What the whole tool needs to run in this process. */
export type RunProgram = (
  args: readonly string[],
  options: {
    readonly openSession: () => Promise<Session>;
    readonly streams: PrinterStreams;
  },
) => Promise<number>;

interface ToolOfOptions {
  readonly run: RunProgram;
  /** The session of the console, whose clients and identity all commands share. */
  readonly session: Session;
}

/** Runs commands with the console's own session. They print JSON, and everything is confirmed in the page. */
export function toolOf({ run, session }: ToolOfOptions): RunTool {
  return (args, { stdout, stderr, signal, progress }) => {
    const streams = { stdout: { write: stdout }, stderr: { write: stderr } };
    const { deployment, clients, desk, now, random, isEmulated, command } = session;
    const openSession = async () =>
      createSession({
        deployment,
        clients,
        desk,
        now,
        random,
        isEmulated,
        command,
        signal,
        progress,
        print: new Printer({ ...streams, json: true, colors: false }),
        ask: async () => undefined,
      });
    return run(args, { openSession, streams });
  };
}
