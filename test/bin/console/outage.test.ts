import { describe, expect, it } from 'vitest';
import { startConsole } from '../../../bin/console/console-server.ts';
import { pageFiles } from '../../../bin/console/page-files.ts';
import { consoleRuns } from '../../../bin/console/runs.ts';
import { packaged } from '../../../bin/program.ts';
import { hasBrowser, inBrowser } from './console-world.ts';
import { OUTAGE_STORIES } from './outage-stories.ts';
import { outageTool } from './outage-tool.ts';

describe.skipIf(!hasBrowser)('the console in an outage (skipped without /usr/bin/chromium)', () => {
  it('leads the eye to what is down, and tells the result of a redrive', async () => {
    const run = outageTool(Date.now());
    const served = await startConsole({
      api: { run, runs: consoleRuns(run) },
      page: await pageFiles(packaged),
      port: 0,
    });
    try {
      const told = await inBrowser({ set: 'outage', address: served.address, facts: {} });
      expect(told).toEqual(Object.keys(OUTAGE_STORIES).map((story) => ({ story })));
    } finally {
      await served.stop();
    }
  });
});
