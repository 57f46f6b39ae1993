import type { AddHelpTextContext, Command } from 'commander';
import { toolOf, usageHint } from './command-path.ts';
import { UsageError } from './errors.ts';
import type { Session } from './session.ts';

/** Opens the session of a command, whose options include the global ones. */
export type OpenSession = (command: Command) => Promise<Session>;

/** Adds a command to the tool. */
export type AddCommand = (program: Command, open: OpenSession) => void;

/** A text of a command's help. It begins with the tool's name as the operator has started it. */
type HelpText = (context: AddHelpTextContext) => string;

/** Formats examples for the end of a command's help. Each begins with `backstop`. */
export function example(...lines: readonly string[]): HelpText {
  return exampleAfter('', ...lines);
}

/** As {@link example}, after a text. */
export function exampleAfter(text: string, ...lines: readonly string[]): HelpText {
  return ({ command }) => {
    const shown = lines.map((line) => `  ${line.replace(/^backstop/, toolOf(command))}`);
    return `${text}\nExample${lines.length > 1 ? 's' : ''}:\n${shown.join('\n')}`;
  };
}

/** Adds the default command `ls` to a group. */
export function listOf(group: Command): Command {
  return group.command('ls', { isDefault: true });
}

const MISSING_WHY = "--why is missing: give a reason, for example --why 'the bank is back'";

/** Checks the reason before the command looks anything up. A dry run and a resumed run need none. */
export function requireReason(command: Command): void {
  const { why, dryRun, resume } = command.opts<{ why?: string; dryRun?: boolean; resume?: boolean }>();
  const isRequired = command.options.some(
    ({ long, description }) => long === '--why' && description.includes('(required'),
  );
  if (isRequired && why === undefined && !dryRun && !resume)
    throw new UsageError(`${MISSING_WHY}\n${usageHint(command)}`);
}
