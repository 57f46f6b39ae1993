import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { handlerFiles as bundled, HandlerFile } from './handler-files.ts';

/** Files by folder, because all stages of an app share the handlers. */
const READ = new Map<string, readonly HandlerFile[]>();

/**
 * Reads the handlers that the build of the package has bundled. In the package, this module stands in for
 * `handler-files.ts`.
 *
 * @param folder bundles of the handlers; by default those beside the package's code
 */
export const handlerFiles: typeof bundled = (_, folder = join(import.meta.dirname, 'handlers')) => {
  const files =
    READ.get(folder) ?? readdirSync(folder).map((name) => ({ name, contents: readFileSync(join(folder, name)) }));
  READ.set(folder, files);
  return files;
};
