import { afterEach, beforeEach, expect, it } from 'vitest';

watchPrintedLines();
beforeEach(() => void logger.setLogLevel('INFO'));
afterEach(() => void logger.setLogLevel('SILENT'));

import { logger } from '../../lambdas/adapters/telemetry.ts';
import { printedLines, watchPrintedLines } from '../support/printed-lines.ts';

it.each(['\u202egnp.exe', 'a\u200bb', '\u009b2J', 'a\u2028b', 'a\u3164', '\u001b[2J', 'a\r\n{"level":"ERROR"}'])(
  'no text of others steers what a log shows (CWE-117): %j',
  (text) => {
    logger.info('decided', { at: text, within: [{ deep: text }] });
    logger.error(text, new Error(text));
    expect(printedLines).toHaveLength(2);
    // The test's environment prints each log over several lines.
    for (const line of printedLines) {
      expect(line.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/u);
      expect(() => JSON.parse(line)).not.toThrow();
    }
  },
);
