import { startConsole } from '../console/console-server.ts';
import { type RunProgram, toolOf } from '../console/console-session.ts';
import { pageFiles } from '../console/page-files.ts';
import { consoleRuns } from '../console/runs.ts';
import { type AddCommand, example } from '../session/command.ts';
import { whole } from '../session/options.ts';
import type { Session } from '../session/session.ts';

interface Options {
  readonly port: number;
}

/** @param run runs the tool, which does what the page asks for */
export function consoleCommand(run: RunProgram): AddCommand {
  return (program, open) => {
    program
      .command('console')
      .description(
        'Serve the console on this machine: a page for the browser that shows what failed and acts on it. Ctrl-C ends it.',
      )
      .option('--port <number>', 'port on 127.0.0.1, 1 to 65535 (default: any free port)', whole(1, 65_535), 0)
      .addHelpText('after', example('backstop console', 'backstop console --port 8700'))
      .action(async ({ port }: Options, command) => serve(await open(command), run, port));
  };
}

async function serve(session: Session, run: RunProgram, port: number): Promise<void> {
  const { print, signal, now } = session;
  const tool = toolOf({ run, session });
  const runs = consoleRuns(tool, now);
  const server = await startConsole({ api: { run: tool, runs }, page: await pageFiles(), port });
  print.result({ address: server.address }, () => {
    print.line('Console: ', { text: server.address, style: 'bold' });
    print.line('It acts with your AWS credentials. Keep the address to yourself. Ctrl-C ends it.');
  });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await runs.stop();
  await server.stop();
}
