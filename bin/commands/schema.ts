import { Argument, type Command } from 'commander';
import { type AddCommand, example } from '../session/command.ts';
import { oneOf } from '../session/options.ts';

/** Names of the files in `docs/schemas`. */
export const SCHEMA_NAMES = [
  'operation-failed',
  'operation-outcome',
  'circuit-state-changed',
  'operator-acted',
  'asyncapi',
] as const;

type SchemaName = (typeof SCHEMA_NAMES)[number];

/**
 * Looks nothing up: the schemas are part of the package.
 *
 * @param read returns the text of a file of the package, by its path
 */
export function schemaCommand(read: (path: string) => string): AddCommand {
  return (program) => {
    program
      .command('schema')
      .addArgument(
        new Argument('[name]', 'event to describe, or asyncapi')
          .choices(SCHEMA_NAMES)
          .argParser(oneOf(SCHEMA_NAMES))
          .default('operation-failed'),
      )
      .description(
        'Print the JSON Schema of an event that Backstop takes or publishes, or the AsyncAPI document of all events. Needs no stack.',
      )
      .addHelpText('after', example('backstop schema operation-outcome'))
      .action((name: SchemaName, _options: object, command: Command) => {
        command.configureOutput().writeOut?.(read(`docs/schemas/${name}.json`));
      });
  };
}
