import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { handlerArchive as bundled } from './handler-files.ts';

/** Archives by folder, because all stages of an app share the handlers. */
const READ = new Map<string, Uint8Array>();

/**
 * Reads the archive of handlers that the build of the package has made. In the package, this module stands in for
 * `handler-files.ts`.
 *
 * @param folder folder of the archive; by default that of the package's code
 */
export const handlerArchive: typeof bundled = (_, folder = import.meta.dirname) => {
  const archive = READ.get(folder) ?? readFileSync(join(folder, 'handlers.zip'));
  READ.set(folder, archive);
  return archive;
};
