import type { Command } from 'commander';
import { UsageError } from './errors.ts';
import type { Session } from './session.ts';

/** Opens the session of a command, whose options include the global ones. */
export type OpenSession = (command: Command) => Promise<Session>;

/** Adds a command to the tool. */
export type AddCommand = (program: Command, open: OpenSession) => void;

/** Formats an example for the end of a command's help. */
export function example(...lines: readonly string[]): string {
  return `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** The argument of `ls` that takes a mistyped command. Helps leave it out. */
export const MISTYPED = '[unknown...]';

/** Adds the default command `ls` to a group. It accepts no arguments, because each one is a mistyped command. */
export function listOf(group: Command): Command {
  return group
    .command('ls', { isDefault: true })
    .argument(MISTYPED)
    .hook('preAction', ({ processedArgs: [unknown = []] }) => {
      const [mistyped] = unknown as readonly string[];
      if (mistyped === undefined) return;
      const names = group.commands.map((each) => each.name()).join(', ');
      throw new UsageError(`unknown command '${mistyped}'; commands of backstop ${group.name()}: ${names}`);
    });
}
