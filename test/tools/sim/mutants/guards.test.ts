import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { allGuards, ERRORS, type Guard } from '../../../../tools/sim/mutants/guards.ts';

const ROOT = join(import.meta.dirname, '../../../..');
/** A conditional write of a store. The ledger's are data, of which every check is a guard. */
const CONDITION = /\bcondition: ['[(]|(?<!function )putCondition\(\[|\bConditionExpression: ['`]/;
const STOP = new RegExp(`\\bthrow new (?:${ERRORS})Error\\(`);
/** They end a loop or a search that has failed, and guard nothing. */
const ENDS = [
  'every write of the incidents lost to another writer',
  'new alerts keep arriving faster than they can be delivered',
  ": throw new EscalationBusyError('another instance delivers alerts now')",
  "throw new GaveUpError('unregistered')",
];

describe('the guards that mutants lack', () => {
  let guards: readonly Guard[];
  beforeAll(async () => {
    guards = await allGuards();
  });
  const withoutGuard = (files: string, pattern: RegExp) =>
    globSync(files, { cwd: ROOT }).flatMap((file) =>
      readFileSync(join(ROOT, file), 'utf8')
        .split('\n')
        .flatMap((text, index) =>
          pattern.test(text) && !isGuarded(file, index + 1) ? [`${file}: ${text.trim()}`] : [],
        ),
    );
  const isGuarded = (file: string, line: number) =>
    guards.some(
      (each) => each.kind === 'edit' && each.file === file && line >= each.line && line < each.line + each.count,
    );

  it('include every conditional write of what is not an entry', () => {
    expect(withoutGuard('lambdas/{use-cases,adapters}/**/*.ts', CONDITION)).toEqual([]);
  });

  it('include everything that stops because another process is at work, or a result is unknown', () => {
    const found = withoutGuard('lambdas/use-cases/**/*.ts', STOP);
    expect(found.filter((text) => !ENDS.some((end) => text.includes(end)))).toEqual([]);
    expect(found.length).toBeGreaterThanOrEqual(ENDS.length);
  });
});
