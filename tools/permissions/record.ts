import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Runs a test file, which records into the folder. @returns whether it passed */
export type RunTest = (file: string, folder: string) => boolean;

/**
 * Runs each test file that has no record yet. A record of its own for each file lets a run continue after one that was
 * stopped.
 *
 * @param folder of the records, one folder for each test file
 * @returns the files that failed
 */
export function recordEach(
  files: readonly string[],
  folder: string,
  run: RunTest,
  print: (line: string) => void,
): readonly string[] {
  return files.filter((file, at) => {
    const place = `${at + 1} of ${files.length}: ${file}`;
    const record = join(folder, file.replaceAll('/', '_'));
    if (existsSync(record)) {
      print(`${place} is recorded`);
      return false;
    }
    print(place);
    const part = `${record}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part, { recursive: true });
    if (!run(file, part)) return true;
    renameSync(part, record);
    return false;
  });
}
