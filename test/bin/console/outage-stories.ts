import { ok, strictEqual } from 'node:assert';
import type { Page } from 'playwright-core';
import { accessible, give, goTo } from './story-steps.ts';

type Story = (page: Page) => Promise<void>;

/** What an operator sees of the outage in outage-tool.ts. */
export const OUTAGE_STORIES: Readonly<Record<string, Story>> = {
  async 'what is down comes first'(page) {
    await page.getByRole('heading', { level: 1, name: /^payments is down since / }).waitFor();
    await page
      .getByText(
        '208 wait, nothing is lost, Backstop retries when it is well. No action needed yet; 2 other incidents can wait until working hours.',
      )
      .waitFor();
    const names = await page
      .getByRole('list', { name: 'Incidents' })
      .getByRole('heading', { level: 2 })
      .allInnerTexts();
    strictEqual(names.map((name) => name.split(' ')[0]).join(), 'payments,orders,rates');
    await page.getByText(/^12 draining, nothing is lost/).waitFor();
    // What is seldom right is out of the way.
    ok(await page.getByRole('button', { name: 'Force open' }).first().isHidden());
    await accessible(page);
  },

  async 'a reason is asked for before anything is done'(page) {
    await page.getByRole('button', { name: 'Acknowledge payments' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Acknowledges 2 incidents').waitFor();
    await dialog.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await dialog.getByRole('alert').getByText('Give a reason first.').waitFor();
    await accessible(page);
    // Each may need somebody else.
    await dialog
      .getByLabel('Which')
      .selectOption({ label: 'P2: payments keeps failing: its circuit is open and blocks calls' });
    await dialog.getByText('Leaves 1 incident open:').waitFor();
    await give(page, 'I am on it', 'Acknowledge');
  },

  async 'all dead letters of a dependency are redriven, and the result says how they ended'(page) {
    await page.getByRole('button', { name: 'Redrive all dead letters of payments' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('35 dead letters match.').waitFor();
    await dialog.getByText(/^5 unknown-result: search the dependency/).waitFor();
    await dialog.getByText('2 without cycles left will be parked.').waitFor();
    await dialog.getByText('The circuit of payments is open: no call passes for another 1 s.').waitFor();
    await dialog.getByText('Leaves 1 incident open:').waitFor();
    await accessible(page);
    await give(page, 'the bank is back', 'Redrive');
    const runs = page.getByRole('region', { name: 'Runs' });
    await runs.getByText('2 dead letters arrived since it began. It leaves them.').waitFor();
    // The result shows where the operator is by then.
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await runs.getByText('moved 35: 34 healed, 1 died again (permanent: status: 422)').waitFor();
    await accessible(page);
    await runs.getByRole('link', { name: 'Why pay-7 died again' }).click();
    await page.getByRole('heading', { level: 1, name: /^pay-7/ }).waitFor();
    // The result belongs to where it was made.
    await runs.getByText('moved 35').waitFor({ state: 'hidden' });
    await page.reload();
    await page.getByRole('heading', { level: 1, name: /^pay-7/ }).waitFor();
    ok(await runs.getByText('moved 35').isHidden());
  },

  async 'completed steps say what is undone'(page) {
    await goTo(page, '#/failure?id=pay-7&dependency=payments');
    const steps = page.getByRole('region', { name: 'Completed steps' });
    await steps.getByText('1 of 2 steps is still in effect.').waitFor();
    // What is undone has no answer to why not.
    await steps.getByRole('row', { name: /^reserve stock undone 1$/ }).waitFor();
    await steps.getByRole('row', { name: /^ship carrier not undone permanent, HTTP 410, http-gone 3/ }).waitFor();
    await accessible(page);
  },

  async 'a timeline shows attempts, waits and the circuit to scale'(page) {
    await goTo(page, '#/failure?id=pay-7&dependency=payments');
    const timeline = page.getByRole('figure', { name: 'Timeline' });
    await timeline.getByText('4 calls failed in 20 min', { exact: true }).waitFor();
    await timeline.getByText('Waits: held by the circuit 9 min', { exact: true }).waitFor();
    await timeline.getByText('Circuit: open 11 min', { exact: true }).waitFor();
    const [held, open] = [timeline.locator('.band.circuit'), timeline.locator('.band.open')];
    const [wait, outage] = [await held.boundingBox(), await open.boundingBox()];
    ok(wait && outage && Math.abs(wait.x - outage.x) < 2 && wait.width < outage.width);
    await accessible(page);
    // Milliseconds beside minutes: one mark with a number, until it is zoomed.
    await timeline.getByRole('button', { name: '5 steps in 1 s', exact: true }).click();
    await timeline.getByTitle(/ attempt 1 failed, HTTP 503$/).waitFor();
    await timeline.getByRole('button', { name: 'Zoom out to 20 min' }).click();
    await timeline.getByRole('button', { name: '5 steps in 1 s', exact: true }).waitFor();
  },

  async 'an incident leads to the failures that it is about'(page) {
    const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'payments' }) });
    await card.getByText('1 more incident').click();
    await card.getByRole('link', { name: 'pay-14', exact: true }).waitFor();
    await card.getByRole('link', { name: 'pay-7', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: /^pay-7/ }).waitFor();
  },

  async 'a discard warns of completed steps, of one and of all that match'(page) {
    await goTo(page, '#/failure?id=pay-7&dependency=payments');
    const what = page.getByRole('region', { name: 'Dead letter' });
    await what.getByRole('button', { name: 'Discard' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('alert').getByText('WARNING: completed steps of pay-7 are NOT undone').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('link', { name: 'Dead letters', exact: true }).click();
    const group = page.getByRole('listitem').filter({ hasText: 'permanent, HTTP 422' });
    await group.getByText('undo incomplete: 3', { exact: true }).waitFor();
    await group.getByRole('button', { name: 'Discard all that match' }).click();
    await dialog.getByRole('alert').getByText('WARNING: completed steps of pay-7 and 2 more are NOT undone').waitFor();
    await accessible(page);
    await give(page, 'undone by hand', 'Discard');
    await page
      .getByRole('region', { name: 'Runs' })
      .getByText(/^discarded 5$/)
      .waitFor();
  },

  async 'the button that stands out is what the advice says'(page) {
    await page.getByRole('link', { name: 'Dead letters', exact: true }).click();
    const permanent = page.getByRole('listitem').filter({ hasText: 'permanent, HTTP 422' });
    await permanent.getByText('Repair the cause, then redrive or discard the dead letters.').waitFor();
    const isPrimary = (name: string) =>
      page.getByRole('button', { name, exact: true }).evaluate(({ className }) => className.includes('primary'));
    strictEqual(await isPrimary('Redrive all 35 of payments'), false);
    const exhausted = page.getByRole('listitem').filter({ hasText: 'exhausted, HTTP 503' });
    await exhausted.getByRole('link', { name: 'pay-2', exact: true }).first().waitFor();
    strictEqual(await exhausted.locator('button.primary').innerText(), 'Redrive all that match');
    strictEqual((await permanent.locator('.primary').allInnerTexts()).join(), 'Look at pay-7');
    await exhausted.getByRole('button', { expanded: false }).click();
    await accessible(page);
  },

  async 'the answer of a fallback is shown masked'(page) {
    await goTo(page, '#/failure?id=quote-1&dependency=rates');
    await page.getByRole('heading', { name: 'Answer of the fallback, with sensitive values masked' }).waitFor();
    await page.getByText('"apiToken": "***"').waitFor();
    await accessible(page);
  },

  async 'groups say what failed and how often'(page) {
    await page.getByRole('link', { name: 'Dead letters', exact: true }).click();
    await page.getByRole('button', { name: 'exhausted, HTTP 503, rule http-unavailable' }).waitFor();
    await page.getByText('upstream … does not answer, status: 503').waitFor();
    await page.getByText('status: 422').waitFor();
    await page
      .getByText(/^last 24 h, peak \d+ an hour$/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Redrive all 35 of payments' }).waitFor();
    await accessible(page);
  },

  async 'a list says how many there are, and searches on until it finds some'(page) {
    await page.getByRole('link', { name: 'Failures', exact: true }).click();
    await page.getByText('35 of about 257, scroll for more').waitFor();
    await page.getByLabel('Part of the error, id or correlation id').fill('upstream');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('3 failures', { exact: true }).waitFor();
    await page.getByLabel('Until, such as 1h').fill('1h');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('2 failures', { exact: true }).waitFor();
  },

  async 'what is seldom right is reached and left by keyboard'(page) {
    const tile = page.getByRole('list', { name: 'Circuits' }).getByRole('listitem').filter({ hasText: 'payments' });
    const more = tile.getByText('More');
    await more.focus();
    await page.keyboard.press('Enter');
    await tile.getByRole('button', { name: 'Force open' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Escape');
    await tile.getByRole('button', { name: 'Force open' }).waitFor({ state: 'hidden' });
    ok(await more.evaluate((summary) => summary === summary.ownerDocument.activeElement));
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  },

  async 'a narrow table shows the end of each id'(page) {
    const size = page.viewportSize();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('link', { name: 'Failures', exact: true }).click();
    const id = page.getByRole('link', { name: 'outage-2026-03-01-payment-0001', exact: true });
    const end = id.getByText('ent-0001', { exact: true });
    const cell = page.getByRole('cell').filter({ has: id });
    const [text, box] = [await end.boundingBox(), await cell.boundingBox()];
    ok(text && box && text.width > 0 && text.x + text.width <= box.x + box.width + 1);
    if (size) await page.setViewportSize(size);
  },

  async 'a phone in the dark shows it all without scrolling sideways'(page) {
    const size = page.viewportSize();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: 'dark' });
    for (const [screen, heading] of Object.entries(SCREENS)) {
      await goTo(page, `#/${screen}`);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      strictEqual(`${screen} ${overflow}`, `${screen} 0`);
      await accessible(page);
    }
    await page.emulateMedia({ colorScheme: null });
    if (size) await page.setViewportSize(size);
  },
};

/** Addresses of the screens, and what each is headed by. */
const SCREENS: Readonly<Record<string, RegExp>> = {
  now: /^payments is down/,
  letters: /^Dead letters/,
  failures: /^Failures/,
  'failure?id=pay-7&dependency=payments': /^pay-7/,
  decisions: /^Decisions/,
  runs: /^Runs/,
  audit: /^Audit/,
};
