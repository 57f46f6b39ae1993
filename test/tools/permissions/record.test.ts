import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { recordEach } from '../../../tools/permissions/record.ts';
import { temporaryFolder } from '../../lib/templates.ts';

const FILES = ['test/e2e/a.test.ts', 'test/e2e/b.test.ts', 'test/e2e/c.test.ts'];

it('continues where a run stopped, and repeats what failed', () => {
  const folder = temporaryFolder();
  const ran: string[] = [];
  const run = (passes: (file: string) => boolean) => (file: string, record: string) => {
    ran.push(file);
    writeFileSync(join(record, '1.jsonl'), '{}\n');
    return passes(file);
  };
  const stopped = (file: string) => {
    if (file === FILES[2]) throw new Error('stopped');
    return file !== FILES[1];
  };
  expect(() => recordEach(FILES, folder, run(stopped), () => undefined)).toThrow('stopped');
  const printed: string[] = [];
  const failed = recordEach(
    FILES,
    folder,
    run(() => true),
    (line) => printed.push(line),
  );
  expect(failed).toEqual([]);
  expect(ran).toEqual([...FILES, FILES[1], FILES[2]]);
  expect(printed).toEqual([
    '1 of 3: test/e2e/a.test.ts is recorded',
    '2 of 3: test/e2e/b.test.ts',
    '3 of 3: test/e2e/c.test.ts',
  ]);
});

it('names the files that failed', () => {
  expect(
    recordEach(
      FILES,
      temporaryFolder(),
      (file) => file !== FILES[1],
      () => undefined,
    ),
  ).toEqual([FILES[1]]);
});
