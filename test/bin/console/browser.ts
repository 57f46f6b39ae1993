import { chromium, type Page } from 'playwright-core';
import type { Told } from './console-world.ts';
import { STORIES } from './stories.ts';

/*
 * Runs stories in a browser, and prints how each ended, as JSON. Usage: browser.ts CHROMIUM ADDRESS FACTS [FOLDER].
 * FACTS is JSON. With a folder, each story leaves a screenshot.
 */
const [, , executablePath = '', address = '', facts = '{}', folder] = process.argv;
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
const told: Told[] = [];
try {
  for (const [story, tell] of Object.entries(STORIES)) {
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const problems = watched(page);
    try {
      await page.goto(address);
      await tell(page, JSON.parse(facts));
      if (folder) await page.screenshot({ path: `${folder}/${story.replaceAll(' ', '-')}.png`, fullPage: true });
      told.push({ story, ...(problems.length > 0 ? { problem: problems.join('\n') } : {}) });
    } catch (error) {
      if (folder) await page.screenshot({ path: `${folder}/${story.replaceAll(' ', '-')}-failed.png`, fullPage: true });
      told.push({ story, problem: (error as Error).message });
    }
    await page.close();
  }
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(told));

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
