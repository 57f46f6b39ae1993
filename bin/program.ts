import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { DEFAULT_STACK } from '../lambdas/contract/command-line.ts';
import { plainJson, plainText } from '../lambdas/domain/disclosure/plain-text.ts';
import { type AddCommand, type OpenSession, requireReason } from './session/command.ts';
import { checkedArgs, toolOf, unnamedCommand, usageHint } from './session/command-path.ts';
import { EXIT_CODES, ending, NotFoundError, UsageError } from './session/errors.ts';
import type { Globals } from './session/globals.ts';
import type { PrinterStreams } from './session/printer.ts';
import type { Session } from './session/session.ts';
import { columnsOf, wrappedLine } from './session/text-width.ts';

/** Commands by their names, in the order of the help. A start loads only the one that it runs. */
const COMMANDS: readonly (readonly [names: readonly string[], load: () => Promise<AddCommand>])[] = [
  [['status'], async () => (await import('./commands/status.ts')).addStatus],
  [['trace'], async () => (await import('./commands/trace.ts')).addTrace],
  [['failures'], async () => (await import('./commands/failures.ts')).addFailures],
  [['dlq'], async () => (await import('./commands/dlq.ts')).addDlq],
  [['incidents'], async () => (await import('./commands/incidents.ts')).addIncidents],
  [['circuits'], async () => (await import('./commands/circuits.ts')).addCircuits],
  [['pause', 'resume'], async () => (await import('./commands/lanes.ts')).addLanes],
  [['decisions'], async () => (await import('./commands/decisions.ts')).addDecisions],
  [['decide'], async () => (await import('./commands/decide.ts')).addDecide],
  [['send'], async () => (await import('./commands/send.ts')).addSend],
  [['schema'], async () => (await import('./commands/schema.ts')).schemaCommand(packaged)],
  [['audit'], async () => (await import('./commands/audit.ts')).addAudit],
  [['whoami'], async () => (await import('./commands/whoami.ts')).addWhoami],
  [['console'], async () => (await import('./commands/console.ts')).consoleCommand(run, packaged)],
  [['grafana'], async () => (await import('./commands/grafana.ts')).addGrafana],
];

const AFTER = `
Exit codes: 0 done, 1 failed, 2 usage error, 3 not found,
            4 declined or not possible, 5 incomplete, 6 died again,
            130 interrupted
With --json, an error is a line of JSON on stderr, with code and message.
Each command has an example: `;

export interface ProgramOptions {
  readonly openSession: (globals: Globals) => Promise<Session>;
  readonly streams: PrinterStreams;
  /** What starts the tool, for hints. @default `backstop` */
  readonly tool?: string | undefined;
}

/** Runs the tool and returns the exit code. Never throws. */
export async function run(args: readonly string[], { openSession, streams, tool }: ProgramOptions): Promise<number> {
  let program: Command | undefined;
  try {
    program = await createProgram(
      (command) => {
        requireReason(command);
        return openSession(command.optsWithGlobals<Globals>());
      },
      { streams, tool, args },
    );
    await program.parseAsync(checkedArgs(program, args), { from: 'user' });
    return EXIT_CODES.done;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.done;
    const isTold = error instanceof CommanderError && !isJson(args);
    const { code, message } = error instanceof CommanderError ? usageEnding(error, args, program) : ending(error);
    if (isJson(args)) streams.stderr.write(`${plainJson(JSON.stringify({ error: { code, message } }))}\n`);
    else if (!isTold) streams.stderr.write(`${shownError(error, message, columnsOf(streams.stderr))}\n`);
    return code;
  }
}

/** Whether the operator asked for JSON, before the arguments are known to be valid. */
function isJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).includes('--json');
}

function usageEnding(
  { code, message }: CommanderError,
  args: readonly string[],
  program?: Command,
): ReturnType<typeof ending> {
  // Commander has printed the help of a group of commands. For JSON it has no words.
  const isUnnamed = code === 'commander.help' && program !== undefined;
  const words = isUnnamed ? unnamedCommand(program, args) : message.replace(/^error: /, '');
  return { code: EXIT_CODES.usage, message: words };
}

/** Columns that are enough for the description of an option. Below that, it would be a column of single words. */
const NARROWEST_HELP = 20;

/** Lines of plain text, wrapped at words. A line of one word, such as an address to copy, stays whole. */
function shownLines(text: string, columns: number): string {
  return text
    .split('\n')
    .map(plainText)
    .flatMap((line) => (line.includes(' ') ? wrappedLine(line, columns) : [line]))
    .join('\n');
}

/** The message of an error. Only the tool's own texts have lines; texts of others have none. */
function shownError(error: unknown, message: string, columns: number): string {
  const isOwn = error instanceof UsageError || error instanceof NotFoundError;
  return shownLines(isOwn ? message : plainText(message), columns);
}

/** Creates the command line: with the command that the arguments name, or with all. */
export async function createProgram(
  open: OpenSession,
  {
    streams: { stdout, stderr },
    tool = 'backstop',
    args = [],
  }: Pick<ProgramOptions, 'streams' | 'tool'> & { readonly args?: readonly string[] },
): Promise<Command> {
  const program = new Command(tool)
    .description('See what failed, trace it, and act on it.')
    .option('--stack <name>', 'stack that contains the pipeline', process.env.BACKSTOP_STACK ?? DEFAULT_STACK)
    .option('--region <name>', 'AWS region (default: as the AWS CLI resolves it)')
    .option('--profile <name>', "profile of the AWS CLI's files (default: AWS_PROFILE)")
    .option('--endpoint <url>', 'URL of an emulator, such as the one that npm start prints (default: AWS_ENDPOINT_URL)')
    .option('--json', 'print one JSON document on stdout and nothing else')
    .option('--no-color', 'disable colours (same as NO_COLOR)')
    .option('--yes', 'skip the confirmation')
    .addHelpText('after', ({ command }) => `${AFTER}${toolOf(command)} circuits open --help`)
    .exitOverride()
    .version(version(), '--version', 'print the version')
    .showSuggestionAfterError()
    .configureHelp({
      showGlobalOptions: true,
      helpWidth: Math.min(stdout.columns || 80, 120),
      minWidthToWrap: NARROWEST_HELP,
    })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      // An error quotes the arguments.
      // With --json, the error follows as JSON.
      writeErr: (text) => !isJson(args) && stderr.write(shownLines(text, columnsOf(stderr))),
    });
  for (const add of await commandsFor(program, args)) add(program, open);
  hintAtUsage(program);
  return program;
}

/** The named command, or all: for a help, and the suggestion after a mistake. A version needs none. */
async function commandsFor({ options }: Command, args: readonly string[]): Promise<readonly AddCommand[]> {
  const named = args.find(
    (arg, at) => !arg.startsWith('-') && !options.find(({ long }) => long === args[at - 1])?.required,
  );
  if (named === undefined && args.includes('--version')) return [];
  const meant = COMMANDS.filter(([names]) => named !== undefined && names.includes(named));
  return Promise.all((meant.length > 0 ? meant : COMMANDS).map(([, load]) => load()));
}

/** Lets each command's errors name its help. */
function hintAtUsage(command: Command): void {
  command.showHelpAfterError(usageHint(command));
  for (const each of command.commands) hintAtUsage(each);
}

/** The version of the package. */
function version(): string {
  return JSON.parse(packaged('package.json')).version;
}

/** The text of a file of the package. The tool is one folder below its root, in the sources and in the build. */
export function packaged(path: string): string {
  return readFileSync(join(import.meta.dirname, '..', path), 'utf8');
}
