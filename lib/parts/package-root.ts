import { join } from 'node:path';

/** The root folder of the checkout. The package has no such folder. */
export function packageRoot(): string {
  return join(import.meta.dirname, '../..');
}
