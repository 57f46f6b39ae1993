import { type ConsoleServer, startConsole } from '../../bin/console/console-server.ts';
import { toolOf } from '../../bin/console/console-session.ts';
import { pageFiles } from '../../bin/console/page-files.ts';
import { consoleRuns } from '../../bin/console/runs.ts';
import { packaged, run } from '../../bin/program.ts';
import { openSession } from '../../bin/session/session.ts';
import { DEFAULT_STACK } from '../../lambdas/contract/command-line.ts';
import type { LocalCloud } from '../local/cloud.ts';

/** Serves the console of the demonstration. */
export async function serveConsole(
  { endpoint }: Pick<LocalCloud, 'endpoint'>,
  signal: AbortSignal,
): Promise<ConsoleServer> {
  const globals = { stack: DEFAULT_STACK, endpoint, color: false };
  const session = await openSession({ globals, streams: process, signal });
  const tool = toolOf({ run, session });
  return startConsole({ api: { run: tool, runs: consoleRuns(tool) }, page: await pageFiles(packaged), port: 0 });
}
