import { chromium, type Page } from 'playwright-core';
import type { Told } from './console-world.ts';
import { OUTAGE_STORIES } from './outage-stories.ts';
import { STORIES } from './stories.ts';

/*
 * Runs stories in a browser, and prints how each ended, as JSON. Usage: browser.ts CHROMIUM SET ADDRESS FACTS [FOLDER].
 * FACTS is JSON. With a folder, the stories that the documents show leave a screenshot there.
 */
const PICTURED = new Set([
  'what is down comes first',
  'a list says how many there are, and searches on until it finds some',
  'a failure says why it failed',
  'a timeline shows attempts, waits and the circuit to scale',
  'groups say what failed and how often',
  'a decision shows both sides',
  'runs are listed by their reason',
  'the audit log has it all',
]);
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };
const [, , executablePath = '', set = '', address = '', facts = '{}', folder] = process.argv;
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--in-process-gpu'] });
const context = await browser.newContext({ viewport: DESKTOP });
const told: Told[] = [];
// One page for all, as an operator has. Only the first story waits for it to load.
const page = await context.newPage();
page.setDefaultTimeout(Number(process.env.CONSOLE_TIMEOUT ?? 60_000));
const problems = watched(page);
try {
  await page.goto(address);
  for (const [story, tell] of Object.entries(set === 'outage' ? OUTAGE_STORIES : STORIES)) {
    const known = problems.length;
    const began = performance.now();
    try {
      await page.evaluate("location.hash = '#/now'");
      await tell(page, JSON.parse(facts));
      if (folder) await shoot(story);
      const met = problems.slice(known);
      told.push({ story, ...(met.length > 0 ? { problem: met.join('\n') } : {}) });
    } catch (error) {
      if (folder) await page.screenshot({ path: `${folder}/${fileOf(story)}-failed.png`, fullPage: true });
      told.push({ story, problem: (error as Error).message });
      // A dialog that is still open would spoil the other stories.
      await page.reload();
    }
    if (folder) process.stderr.write(`${story}: ${Math.round(performance.now() - began)} ms\n`);
  }
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(told));

function fileOf(story: string): string {
  return story.replaceAll(' ', '-');
}

/** A picture of the screen that a story ends at. With CONSOLE_VARIANTS, of all stories, in the dark and on a phone. */
async function shoot(story: string): Promise<void> {
  if (!PICTURED.has(story) && !process.env.CONSOLE_VARIANTS) return;
  const options = { fullPage: true, animations: 'disabled' } as const;
  await page.screenshot({ path: `${folder}/${fileOf(story)}.png`, ...options });
  if (!process.env.CONSOLE_VARIANTS) return;
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: `${folder}/${fileOf(story)}-dark.png`, ...options });
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(PHONE);
  await page.screenshot({ path: `${folder}/${fileOf(story)}-phone.png`, ...options });
  await page.setViewportSize(DESKTOP);
}

/** What the page may never do: throw, break its own policy, or ask another host. */
function watched(page: Page): readonly string[] {
  const problems: string[] = [];
  page.on('pageerror', ({ message }) => problems.push(`the page threw: ${message}`));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) problems.push(message.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(address).host && !request.url().startsWith('data:'))
      problems.push(`a request to ${request.url()}`);
  });
  return problems;
}
