import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { joined } from '../../../tools/docs/config-errors.ts';
import { withTables } from '../../../tools/docs/configuration.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');
const tableOf = (name: string) => withTables(`<!-- table: ${name} -->\n<!-- end -->`);

describe('the tables of docs/configuration.md', () => {
  it('are written from the schemas (else: npm run docs:config)', () => {
    expect(page).toBe(withTables(page));
    expect(page).not.toMatch(/\| ``? \|/);
  });

  it('have the unit, range, default and messages of each setting', () => {
    expect(tableOf('circuit')).toContain(
      '| `window` | Time over which the circuit counts calls | Duration, 2 s to 1 min, in whole seconds | 10 s | `circuit.window must be at least 2 seconds`; `… at most 1 minute`; `… whole seconds (calls are counted per second)` |',
    );
  });

  it('have messages about settings that contradict each other', () => {
    expect(tableOf('auth')).toContain("`… must be omitted (only the scheme 'api-key' takes it)` |");
    expect(tableOf('aws')).toContain("`… must differ from that of 'jobs'` |");
  });

  it('say which kinds have a setting, and where their defaults differ', () => {
    expect(tableOf('aws')).toContain("| `queueKeyArn` | For `'queue'`: the customer-managed key");
    expect(tableOf('aws')).toContain("| true or false | true; false for `'state-machine'` |");
    expect(tableOf('fallback')).toContain("| `maxAge` | For `'last-good'` and `'read-only'`: maximum age");
  });

  it('are all known', () => {
    expect(() => tableOf('nothing')).toThrow("no table 'nothing'; tables: dependency, aws, auth");
  });
});

describe('messages in a cell', () => {
  it.each([
    [['a must be at least 1', 'a must be at most 2'], '`a must be at least 1`; `… at most 2`'],
    [['a must be one of 1', 'a must be omitted'], '`a must be one of 1`; `… must be omitted`'],
    [['a must be an array', 'a[0] must be text'], '`a must be an array`; `a[0] must be text`'],
    [[], ''],
  ])('omit what one repeats of the one before: %j', (messages, cell) => {
    expect(joined(messages)).toBe(cell);
  });
});
