import { beforeAll, describe, expect, it } from 'vitest';
import { bundledIntoOneFile, writeFunctions } from '../../../tools/bench/one-file.ts';
import { temporaryFolder } from '../../lib/templates.ts';

const folder = temporaryFolder();

beforeAll(() => writeFunctions(folder));

/** A function that imports one name, in one file. */
async function fileWith(name: string): Promise<string> {
  return Buffer.from(await bundledIntoOneFile(folder, `export { ${name} } from './report.js';`)).toString();
}

const CIRCUIT = 'circuit state changed';
const RULES = 'http-unavailable-until';
const CHECKS = 'must be an object of strings';

describe('a function in one file', () => {
  it.each([
    ['saga', 2_400],
    ['memoryReports', 1_650],
    ['ReportedError', 1_500],
  ])('has nothing else of the library with %s', async (name, most) => {
    const file = await fileWith(name);
    expect(file.length).toBeLessThan(most);
  });

  it.each([
    ['reportFailure', 132_000],
    ['reportErrors', 132_000],
    ['reportedRecords', 132_000],
  ])('has the rules and no circuit with %s', async (name, most) => {
    const file = await fileWith(name);
    expect(file.length).toBeLessThan(most);
    expect(file).toContain(RULES);
    expect(file).toContain(CHECKS);
    expect(file).not.toContain(CIRCUIT);
  });

  it('has checks, rules and circuit once with backstop, and neither Powertools nor the retry of the SDK', async () => {
    const file = await fileWith('backstop');
    expect(file.length).toBeLessThan(190_000);
    for (const text of [CIRCUIT, RULES, CHECKS]) expect(file.split(text)).toHaveLength(2);
    expect(file).not.toMatch(/powertools\b|StandardRetryStrategy|retryMiddleware/);
  });
});
