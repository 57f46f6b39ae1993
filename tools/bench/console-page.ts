import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { startConsole } from '../../bin/console/console-server.ts';
import { bundlePage, pageFiles } from '../../bin/console/page-files.ts';
import type { RunTool } from '../../bin/console/run-for-document.ts';
import { consoleRuns } from '../../bin/console/runs.ts';
import { packaged } from '../../bin/program.ts';

/** Where Debian's package installs the browser. */
const CHROMIUM = '/usr/bin/chromium';

export const hasBrowser = existsSync(CHROMIUM);

/** Dead letters of the measured page. */
export const LETTERS = 100_000;
const PAGE_SIZE = 1_000;
const SCROLLS = 60;

/** Figures of the console's page. Times in milliseconds. */
export interface ConsoleFigures {
  /** Script and style, compressed. */
  readonly bytes: number;
  readonly firstPaintMs: number;
  /** The longest time for which the page did not react while it loaded, scrolled, opened groups and searched. */
  readonly longestStallMs: number;
}

/** Measures the page in a browser, before a tool that answers at once. */
export async function measureConsole(): Promise<ConsoleFigures> {
  const { files } = await bundlePage();
  const server = await startConsole({
    api: { run: answers, runs: consoleRuns(answers) },
    page: await pageFiles(packaged),
    port: 0,
  });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage();
    await page.addInitScript(`
      window.stalls = [0];
      new PerformanceObserver((list) => window.stalls.push(...list.getEntries().map(({ duration }) => duration)))
        .observe({ type: 'longtask', buffered: true });
    `);
    await page.goto(server.address);
    await page.getByRole('heading', { name: 'Circuits' }).waitFor();
    const firstPaintMs = Number(
      await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"),
    );
    // Loading the script is one task too, which delays nobody who uses the page.
    await page.evaluate('window.stalls = [0]');
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await page.getByText(`${LETTERS.toLocaleString('en')} dead letters in`).waitFor({ timeout: 120_000 });
    await page.getByRole('button', { expanded: false }).first().click();
    const rows = page.locator('.virtual-box');
    for (let scroll = 1; scroll <= SCROLLS; scroll++) {
      await rows.evaluate((box, share) => {
        box.scrollTop = box.scrollHeight * share;
      }, scroll / SCROLLS);
    }
    await page.getByRole('link', { name: 'Failures', exact: true }).click();
    await page.getByLabel('Part of the error, id or correlation id').fill('order-99');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText(/scroll for more|\d failures$/).waitFor();
    const longestStallMs = Number(await page.evaluate('Math.max(...window.stalls)'));
    const bytes = [...files.values()].reduce((sum, file) => sum + gzipSync(file).length, 0);
    return { bytes, firstPaintMs, longestStallMs };
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** The tool of a stack with very many dead letters. */
const answers: RunTool = async ([command = '', ...args], { stdout }) => {
  stdout(JSON.stringify(documentOf(command, args)));
  return 0;
};

function documentOf(command: string, args: readonly string[]): unknown {
  switch (command) {
    case 'status':
      return {
        stack: 'Measured',
        region: 'us-east-1',
        at: '',
        alarms: [],
        lanes: [],
        queues: {},
        open: 0,
        questions: 0,
      };
    case 'failures': {
      const place = args.find((arg) => arg.startsWith('--page='))?.slice('--page='.length);
      const from = place === 'start' ? 0 : Number(place);
      const failures = Array.from({ length: PAGE_SIZE }, (_, at) => letter(from + at));
      return { failures, next: from + PAGE_SIZE < LETTERS ? String(from + PAGE_SIZE) : undefined };
    }
    default:
      return [];
  }
}

function letter(number: number) {
  return {
    id: `order-${number}-charge`,
    correlationId: `order-${number}`,
    dependency: `dependency-${number % 3}`,
    status: 'dead',
    where: 'in the dead-letter queue of its lane: exhausted',
    reason: 'exhausted',
    rule: 'http-unavailable',
    verdict: 'transient',
    attempts: 4,
    cycle: 1,
    receivedAt: new Date(1_700_000_000_000 + number * 1_000).toISOString(),
    excerpt: `upstream ${number} answered 503: try again later`,
  };
}
