import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { plainText } from '../lambdas/domain/disclosure/plain-text.ts';
import { DEFAULT_STACK } from '../lambdas/domain/escalation/texts.ts';
import { addAudit } from './commands/audit.ts';
import { addCircuits } from './commands/circuits.ts';
import { consoleCommand } from './commands/console.ts';
import { addDecide } from './commands/decide.ts';
import { addDecisions } from './commands/decisions.ts';
import { addDlq } from './commands/dlq.ts';
import { addGrafana } from './commands/grafana.ts';
import { addIncidents } from './commands/incidents.ts';
import { addLanes } from './commands/lanes.ts';
import { addSend } from './commands/send.ts';
import { addStatus } from './commands/status.ts';
import { addTrace } from './commands/trace.ts';
import { type AddCommand, type OpenSession, requireReason } from './session/command.ts';
import { checkedArgs, usageHint } from './session/command-path.ts';
import { EXIT_CODES, ending } from './session/errors.ts';
import type { Globals } from './session/globals.ts';
import type { PrinterStreams } from './session/printer.ts';
import type { Session } from './session/session.ts';

/** In the order of the help. */
const COMMANDS: readonly AddCommand[] = [
  addStatus,
  addTrace,
  addDlq,
  addIncidents,
  addCircuits,
  addLanes,
  addDecisions,
  addDecide,
  addSend,
  addAudit,
  consoleCommand(run),
  addGrafana,
];

const AFTER = `
Exit codes: 0 done, 1 failed, 2 usage error, 3 not found,
            4 declined or not possible, 5 incomplete, 130 interrupted
Each command has an example: backstop circuits open --help`;

export interface ProgramOptions {
  readonly openSession: (globals: Globals) => Promise<Session>;
  readonly streams: PrinterStreams;
}

/** Runs the tool and returns the exit code. Never throws. */
export async function run(args: readonly string[], { openSession, streams }: ProgramOptions): Promise<number> {
  try {
    const program = createProgram((command) => {
      requireReason(command);
      return openSession(command.optsWithGlobals<Globals>());
    }, streams);
    await program.parseAsync(checkedArgs(program, args), { from: 'user' });
    return EXIT_CODES.done;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT_CODES.done;
      return EXIT_CODES.usage;
    }
    const { code, message } = ending(error);
    streams.stderr.write(`${plainText(message)}\n`);
    return code;
  }
}

/** Creates the command line with all commands. */
export function createProgram(open: OpenSession, { stdout, stderr }: ProgramOptions['streams']): Command {
  const program = new Command('backstop')
    .description('See what failed, trace it, and act on it.')
    .option('--stack <name>', 'stack that contains the pipeline', process.env.BACKSTOP_STACK ?? DEFAULT_STACK)
    .option('--region <name>', 'AWS region (default: as the AWS CLI resolves it)')
    .option('--endpoint <url>', 'URL of an emulator, such as the one that npm start prints (default: AWS_ENDPOINT_URL)')
    .option('--json', 'print one JSON document on stdout and nothing else')
    .option('--no-color', 'disable colours (same as NO_COLOR)')
    .option('--yes', 'skip the confirmation')
    .addHelpText('after', AFTER)
    .exitOverride()
    .version(version(), '--version', 'print the version')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(stdout.columns ?? 80, 120) })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      // An error quotes the arguments.
      writeErr: (text) => stderr.write(text.split('\n').map(plainText).join('\n')),
    });
  for (const add of COMMANDS) add(program, open);
  hintAtUsage(program);
  return program;
}

/** Lets each command's errors name its help. */
function hintAtUsage(command: Command): void {
  command.showHelpAfterError(usageHint(command));
  for (const each of command.commands) hintAtUsage(each);
}

/** The version of the package. The tool is one folder below its root, in the sources and in the build. */
function version(): string {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')).version;
}
