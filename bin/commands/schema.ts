import { Argument, type Command } from 'commander';
import { readSchema, SCHEMA_NAMES, type SchemaName } from '../schema-files.ts';
import { type AddCommand, example } from '../session/command.ts';
import { oneOf } from '../session/options.ts';

/** Looks nothing up: the schemas are part of the package. */
export const addSchema: AddCommand = (program) => {
  program
    .command('schema')
    .addArgument(
      new Argument('[name]', 'event to describe')
        .choices(SCHEMA_NAMES)
        .argParser(oneOf(SCHEMA_NAMES))
        .default('operation-failed'),
    )
    .description('Print the JSON Schema of an event that Backstop takes or publishes. Needs no stack.')
    .addHelpText('after', example('backstop schema operation-outcome'))
    .action((name: SchemaName, _options: object, command: Command) => {
      command.configureOutput().writeOut?.(`${JSON.stringify(readSchema(name), undefined, 2)}\n`);
    });
};
