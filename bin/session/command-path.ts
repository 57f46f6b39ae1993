import type { Command } from 'commander';
import { UsageError } from './errors.ts';
import { nearest } from './nearest.ts';

/**
 * Checks the commands in the arguments, before anything runs. Turns `help COMMAND` at any level into `COMMAND --help`.
 *
 * @throws UsageError with a suggestion if a command is unknown
 */
export function checkedArgs(program: Command, args: readonly string[]): readonly string[] {
  let command = program;
  const path: string[] = [];
  for (let index = 0; index < args.length && command.commands.length > 0; index++) {
    const arg = args[index] ?? '';
    if (arg.startsWith('-')) {
      const name = arg.replace(/=.*/, '');
      const option = [program, command].flatMap(({ options }) => options).find(({ long }) => long === name);
      const isHelp = arg === '--help' || arg === '-h';
      // Commander reports an unknown option.
      if (arg === '--' || (!option && !isHelp)) break;
      if (option?.required && !arg.includes('=')) index++;
    } else if (arg === 'help') {
      const names = args.slice(index + 1).filter((each) => !each.startsWith('-'));
      for (const name of names) command = childOf(command, name);
      return [...path, ...names, '--help'];
    } else {
      command = childOf(command, arg);
      path.push(arg);
    }
  }
  return args;
}

function childOf(parent: Command, name: string): Command {
  const child = parent.commands.find((each) => each.name() === name);
  if (child) return child;
  const names = parent.commands.map((each) => each.name());
  const meant = nearest(name, names);
  throw new UsageError(
    [
      `unknown command '${name}'; commands of ${pathOf(parent)}: ${names.join(', ')}`,
      ...(meant === undefined ? [] : [`Did you mean ${meant}?`]),
      usageHint(parent),
    ].join('\n'),
  );
}

/** What to say to arguments that name a group of commands, but none of them. */
export function unnamedCommand(program: Command, args: readonly string[]): string {
  let group = program;
  for (const arg of args) group = group.commands.find((each) => each.name() === arg) ?? group;
  const names = group.commands.map((each) => each.name());
  return `name a command of ${pathOf(group)}: ${names.join(', ')}\n${usageHint(group)}`;
}

/** The command that prints the usage of this one. */
export function usageHint(command: Command): string {
  return `For usage: ${pathOf(command)} --help`;
}

/** What starts the tool. */
export function toolOf(command: Command): string {
  return command.parent ? toolOf(command.parent) : command.name();
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
