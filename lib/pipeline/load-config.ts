import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildFailure, buildSync } from 'esbuild';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { ConfigError } from '../config/validate-config.ts';
import type { AppConfig } from './app.ts';

/**
 * Loads the config that a module exports.
 *
 * @param file path of the module, for the message
 * @param load imports the module
 * @throws ConfigError with file, line and reason if the module can't be loaded or has no export `config`
 */
export async function loadConfig(
  file: string,
  load: () => Promise<{ readonly config: AppConfig }>,
): Promise<AppConfig> {
  const name = relative(process.cwd(), file);
  let module: { readonly config: unknown };
  try {
    module = await load();
  } catch (error) {
    throw new ConfigError([syntaxErrorIn(file) ?? `${name}${whyNotLoaded(file, toError(error))}`]);
  }
  if (!isPlainObject(module.config)) {
    throw new ConfigError([
      `${name}: must export an object named config, for example: export const config: AppConfig = { … }`,
    ]);
  }
  return module.config as unknown as AppConfig;
}

/** Formats the cause as `:<line>: <reason>`. */
function whyNotLoaded(file: string, error: Error): string {
  const line = lineIn(file, error);
  return `${line === undefined ? '' : `:${line}`}: ${error.message}`;
}

/**
 * Returns the syntax or import error that esbuild finds, as `<file>:<line>: <reason>`. Node's message requires
 * knowledge of its loader, and doesn't always name the line.
 */
function syntaxErrorIn(file: string): string | undefined {
  try {
    buildSync({
      entryPoints: [file],
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      write: false,
      logLevel: 'silent',
    });
    return undefined;
  } catch (error) {
    const [mistake] = (error as BuildFailure).errors;
    return mistake?.location ? `${mistake.location.file}:${mistake.location.line}: ${mistake.text}` : undefined;
  }
}

/** The line in the stack, or the line that imports the missing package. */
function lineIn(file: string, { message, stack = '' }: Error): number | undefined {
  const [, named] = stack.split(`${pathToFileURL(file)}:`);
  if (named !== undefined) return Number.parseInt(named, 10);
  const [, missing] = /^Cannot find package '([^']+)'/.exec(message) ?? [];
  if (missing === undefined) return undefined;
  const index = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(missing));
  return index < 0 ? undefined : index + 1;
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
