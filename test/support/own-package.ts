import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ENTRY_POINTS } from '../../tools/package/entries.ts';

const ROOT = join(import.meta.dirname, '../..');
const sources = new Map(
  Object.entries(ENTRY_POINTS).map(([name, file]) => [name, pathToFileURL(join(ROOT, file)).href]),
);

// Examples import the package by its name. Here, that is its source.
registerHooks({
  resolve: (specifier, context, next) => next(sources.get(specifier) ?? specifier, context),
});
