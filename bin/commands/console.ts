import { startConsole } from '../console/console-server.ts';
import { type RunProgram, toolOf } from '../console/console-session.ts';
import { pageFiles } from '../console/page-files.ts';
import { consoleRuns } from '../console/runs.ts';
import { type AddCommand, example } from '../session/command.ts';
import { laneOf } from '../session/deployment.ts';
import { failureId, whole } from '../session/options.ts';
import type { Session } from '../session/session.ts';

interface Options {
  /** @default - any free port */
  readonly port?: number;
  readonly dependency?: string;
  readonly failure?: string;
}

/**
 * @param run runs the tool, which does what the page asks for
 * @param packaged reads a file of the package
 */
export function consoleCommand(run: RunProgram, packaged: (path: string) => string): AddCommand {
  return (program, open) => {
    program
      .command('console')
      .description(
        'Serve the console on this machine: a page in your browser where you see what failed and act on it. Ctrl-C ends it.',
      )
      .option('--port <number>', 'port on 127.0.0.1, 1 to 65535 (default: any free port)', whole(1, 65_535))
      .option('--dependency <name>', 'open at the failures of this dependency')
      .option('--failure <id>', 'open at this failure', failureId)
      .addHelpText('after', example('backstop console', 'backstop console --dependency payments --port 8700'))
      .action(async (options: Options, command) => serve(await open(command), { run, packaged, ...options }));
  };
}

interface Served extends Options {
  readonly run: RunProgram;
  readonly packaged: (path: string) => string;
}

async function serve(session: Session, { run, packaged, port = 0, ...place }: Served): Promise<void> {
  const { print, signal, now, deployment } = session;
  if (place.dependency !== undefined) laneOf(deployment, place.dependency);
  const tool = toolOf({ run, session });
  const runs = consoleRuns(tool, now);
  const server = await startConsole({ api: { run: tool, runs }, page: await pageFiles(packaged), port });
  const address = `${server.address}${screenOf(place)}`;
  print.result({ address }, () => {
    print.line('Console: ', { text: address, style: 'bold' });
    print.line('It acts with your AWS credentials. Keep the address to yourself. Ctrl-C ends it.');
  });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await runs.stop();
  await server.stop();
}

/** The screen to open first, after the token: `/failures?dependency=payments`. Empty for the first screen. */
function screenOf({ dependency, failure }: Pick<Options, 'dependency' | 'failure'>): string {
  const query = new URLSearchParams({
    ...(failure === undefined ? {} : { id: failure }),
    ...(dependency === undefined ? {} : { dependency }),
  });
  if (query.size === 0) return '';
  return `/${failure === undefined ? 'failures' : 'failure'}?${query}`;
}
