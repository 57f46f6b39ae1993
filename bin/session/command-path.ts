import type { Command } from 'commander';
import { UsageError } from './errors.ts';

/** At most this share of a name may be mistyped for a suggestion. */
const SIMILAR = 0.4;

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
  const [nearest = ''] = names.toSorted((a, b) => distance(a, name) - distance(b, name));
  const isSimilar = distance(nearest, name) <= SIMILAR * Math.max(nearest.length, name.length);
  throw new UsageError(
    [
      `unknown command '${name}'; commands of ${pathOf(parent)}: ${names.join(', ')}`,
      ...(isSimilar ? [`Did you mean ${nearest}?`] : []),
      usageHint(parent),
    ].join('\n'),
  );
}

/** The command that prints the usage of this one. */
export function usageHint(command: Command): string {
  return `For usage: ${pathOf(command)} --help`;
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** Number of insertions, deletions, replacements and swaps of neighbours between two names. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, row) => [row, ...new Array<number>(b.length).fill(0)]);
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  rows[0] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const steps = [at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + (isSame ? 0 : 1)];
      (rows[row] as number[])[column] = Math.min(...steps, ...(isSwap ? [at(row - 2, column - 2) + 1] : []));
    }
  }
  return at(a.length, b.length);
}
