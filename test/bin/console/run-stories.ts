import { ok } from 'node:assert';
import type { Page } from 'playwright-core';
import { accessible, give, goTo, type Story } from './story-steps.ts';

/** Lanes and runs, and what others may do to them. */
export const RUN_STORIES: Readonly<Record<string, Story>> = {
  async 'a lane that the tool has paused is resumed, and paused again'(page) {
    const lane = page.getByRole('table', { name: 'Lanes' }).getByRole('row').filter({ hasText: 'payments' });
    await lane.getByText('paused', { exact: true }).waitFor();
    await lane.getByRole('button', { name: 'Resume payments' }).click();
    await give(page, 'they have deployed', 'Resume');
    await lane.getByRole('button', { name: 'Pause payments' }).click();
    await page.getByRole('dialog').getByText('SQS deletes them after 4 days.').waitFor();
    await give(page, 'they deploy again', 'Pause');
    await lane.getByRole('button', { name: 'Resume payments' }).waitFor();
  },

  async 'a redrive waits for the circuit, is paused, and resumed'(page, { other, second }) {
    const tile = page.getByRole('list', { name: 'Circuits' }).getByRole('listitem').filter({ hasText: 'orders' });
    await tile.getByText('More').click();
    await tile.getByRole('button', { name: 'Force open' }).click();
    await give(page, 'they repair it', 'Force');
    await goTo(page, `#/failure?id=${other}&dependency=orders`);
    await page.getByRole('button', { name: 'Redrive', exact: true }).click();
    await page.getByRole('dialog').getByText('Its next cycle starts in the lane of orders.').waitFor();
    await give(page, 'after their repair', 'Redrive');
    const runs = page.getByRole('region', { name: 'Runs' });
    await runs.getByText(/paused until/).waitFor();
    await page.reload();
    await runs.getByText(/paused until/).waitFor();
    await secondRedrive(page, second);
    await runs.getByRole('button', { name: 'Pause' }).click();
    await runs.getByRole('button', { name: 'Resume' }).waitFor();
    await page.getByRole('link', { name: 'Now' }).click();
    await tile.getByRole('button', { name: 'Back to automatic' }).click();
    await give(page, 'they are done', 'Release');
    await page.getByRole('link', { name: 'Runs' }).click();
    const run = page.getByRole('row', { name: /after their repair redrive orders .* interrupted/ });
    await run.getByRole('button', { name: 'Resume' }).click();
    await page
      .getByRole('dialog')
      .getByText(/^1 of 1 remain\. Moves up to 5 a second\./)
      .waitFor();
    await give(page, 'they are done', 'Resume');
    // Nothing has changed for it, which the list says as well.
    await page.getByRole('row', { name: /they are done redrive orders .* died again 1 of 1/ }).waitFor();
  },

  async 'runs are listed by their reason'(page) {
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('row', { name: /the path is right now redrive orders .* moved 1 of 1/ }).waitFor();
    await page.getByRole('row', { name: /perhaps it is well by now .* died again at least 2 of 3/ }).waitFor();
    await accessible(page);
  },

  async 'a reader sees all, and what AWS does not allow is off'(page, { spare, reader }) {
    const other = await page.context().newPage();
    await other.emulateMedia({ colorScheme: 'dark' });
    await other.goto(reader);
    await other.getByText('Read only: AWS lets you look, not act.').waitFor();
    await other.getByText('More').first().click();
    ok(await other.getByRole('button', { name: 'Force open' }).first().isDisabled());
    await goTo(other, `#/failure?id=${spare}&dependency=orders`);
    await other.getByRole('heading', { name: 'Why it failed' }).waitFor();
    ok(await other.getByRole('button', { name: 'Reveal' }).isDisabled());
    await accessible(other);
    // Whatever the page shows, AWS refuses.
    const paused = await other.evaluate(PAUSE_ANYWAY);
    ok(/^502 .*AWS denied access/.test(String(paused)), String(paused));
    await other.close();
  },

  async 'dead letters are discarded, on their own screen and in their group'(page, { spare }) {
    const runs = page.getByRole('region', { name: 'Runs' });
    await goTo(page, `#/failure?id=${spare}&dependency=orders`);
    await page.getByRole('button', { name: 'Discard', exact: true }).click();
    await give(page, 'they have left', 'Discard');
    await runs.getByText(/^discarded 1$/).waitFor();
    await page.getByRole('link', { name: 'Dead letters', exact: true }).click();
    await page.getByRole('button', { name: 'Discard it' }).click();
    await page
      .getByRole('dialog')
      .getByText(/^1 dead letter\. Records its outcome/)
      .waitFor();
    await give(page, 'they pay by phone', 'Discard');
    await runs.getByText(/^discarded 1$/).waitFor();
    await page.reload();
    await page.getByText('No dead letters: nothing to do.').waitFor();
  },
};

/** Asks the console for what its page does not offer to a reader. */
const PAUSE_ANYWAY = `fetch('/api/turn-lane', {
  method: 'POST',
  headers: { 'x-backstop-token': sessionStorage.getItem('backstop-token'), 'content-type': 'application/json' },
  body: JSON.stringify({ lane: 'orders', paused: true, why: 'anyway' }),
}).then(async (answer) => answer.status + ' ' + (await answer.text()))`;

/** While a redrive of a lane runs, nobody else moves its dead letters: nothing moves twice. */
async function secondRedrive(page: Page, second: string): Promise<void> {
  const other = await page.context().newPage();
  await other.goto(second);
  await other.getByRole('link', { name: 'Dead letters', exact: true }).click();
  const theirs = other.getByRole('region', { name: 'Runs of others' });
  await theirs.getByText(/^demo redrives orders: 0 of 1 moved/).waitFor();
  await accessible(other);
  await other.getByRole('button', { name: 'Redrive all that match' }).click();
  const dialog = other.getByRole('dialog');
  await dialog.getByRole('alert').getByText('A second redrive is refused until that one ends.').waitFor();
  await give(other, 'I did not see yours', 'Redrive');
  const runs = other.getByRole('region', { name: 'Runs' });
  await runs.getByText(/orders is already being redriven by demo/).waitFor();
  await other.close();
}
