import { accessSync, constants, realpathSync } from 'node:fs';
import { basename, delimiter, join, relative } from 'node:path';
import { TOOL } from '../../lambdas/contract/command-line.ts';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import type { Deployment } from './deployment.ts';

/** The tool's usual name, and the name of its file in a package. */
const NAME = 'backstop';

/** How this process was started. */
export interface Start {
  /** The script, as Node found it. */
  readonly script: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** The real path of the first program of that name on the PATH. */
  readonly programNamed?: (name: string) => string | undefined;
}

/**
 * The words that start the tool again, as the operator has started it: a hint that says so runs as pasted. If nothing
 * tells, those of the published package.
 *
 * `BACKSTOP_COMMAND` overrides it, for shells with a function of their own.
 */
export function toolName({ script, env, folder, programNamed = onPath(env.PATH) }: Start): string {
  const { BACKSTOP_COMMAND: said = '', npm_command: npm, npm_lifecycle_event: event = '' } = env;
  const { npm_config_package: from = '' } = env;
  if (said.trim() !== '') return said.trim();
  // npm tells what follows `--package`, such as a tarball, one a line; it does not tell another package's name.
  if (npm === 'exec') return from === '' || from.includes('\n') ? TOOL : `npx --package ${shellWord(from)} ${NAME}`;
  // Inside of a script, npm puts the programs of the project on the PATH; the shell outside does not have them.
  if (npm === 'run-script') {
    const isTool = /(^|[\s/])backstop(\.[cm]?[jt]s)?$/.test(env.npm_lifecycle_script ?? '');
    return isTool ? `npm run --silent ${shellWord(event)} --` : TOOL;
  }
  const program = programNamed(NAME);
  if (program !== undefined && program === realPath(script)) return NAME;
  return script.includes('node_modules') ? TOOL : `node ${shellWord(relative(folder, script) || basename(script))}`;
}

/** The words that start the tool. Where only the published package is known, the config may name another. */
export function startOf<Tool extends string | undefined>(tool: Tool, config: Pick<Deployment, 'operatorCommand'>) {
  return tool === TOOL ? config.operatorCommand : tool;
}

function onPath(path = '') {
  return (name: string): string | undefined => {
    for (const folder of path.split(delimiter)) {
      const file = realPath(join(folder, name));
      if (file !== undefined && isExecutable(file)) return file;
    }
    return undefined;
  };
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
