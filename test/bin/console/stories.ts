import { ok } from 'node:assert';
import type { Page } from 'playwright-core';
import { RUN_STORIES } from './run-stories.ts';
import { accessible, give, goTo, type Story } from './story-steps.ts';

/** What an operator does, each from the first screen. Later stories see what earlier ones did. */
export const STORIES: Readonly<Record<string, Story>> = {
  async 'the page shows what is wrong'(page) {
    await page.getByRole('heading', { level: 1, name: /A human is needed, but not at once: / }).waitFor();
    await page.getByRole('list', { name: 'Circuits' }).getByText('payments', { exact: true }).waitFor();
    await page.getByRole('list', { name: 'Incidents' }).getByRole('listitem').first().waitFor();
    await accessible(page);
  },

  async 'an incident is acknowledged'(page) {
    await page.getByRole('button', { name: 'Acknowledge' }).first().click();
    await give(page, 'I am on it', 'Acknowledge');
    await page
      .getByText(/Acknowledged by demo/)
      .first()
      .waitFor();
  },

  async 'a failure says why it failed'(page, { dead }) {
    await goTo(page, `#/failure?id=${dead}&dependency=orders`);
    await page.getByRole('heading', { name: 'Why it failed' }).waitFor();
    await page.getByRole('heading', { name: 'Operation, with sensitive values masked' }).waitFor();
    await page
      .getByRole('figure', { name: 'Timeline' })
      .getByText(/^2 calls failed in /)
      .waitFor();
    await accessible(page);
    const opened = page.waitForEvent('popup');
    await page.getByRole('link', { name: 'http-bad-request in docs/classification.md' }).click();
    const rules = await opened;
    await rules.getByText('http-bad-request').first().waitFor();
    await rules.close();
    await page.getByRole('link', { name: /^Related, by correlation id / }).click();
    await page.getByRole('heading', { level: 1, name: /^Related by correlation id / }).waitFor();
    await page.getByRole('link', { name: dead, exact: true }).click();
    await page.getByRole('heading', { name: 'Operation, with sensitive values masked' }).waitFor();
  },

  async 'masked values are revealed on record, and nothing keeps them'(page, { dead, token }) {
    await goTo(page, `#/failure?id=${dead}&dependency=orders`);
    await page.getByText('"cardToken": "***"').waitFor();
    await page.getByRole('button', { name: 'Reveal' }).click();
    await give(page, 'which card is it?', 'Reveal');
    await page.getByText(`"cardToken": "${token}"`).waitFor();
    ok(!page.url().includes(token));
    await page.getByRole('button', { name: 'Mask again' }).click();
    await page.getByText('"cardToken": "***"').waitFor();
    ok(!(await page.content()).includes(token));
    ok(!String(await page.evaluate('JSON.stringify([sessionStorage, localStorage])')).includes(token));
  },

  async 'a search finds failures by their error'(page, { dead }) {
    await page.getByRole('link', { name: 'Failures', exact: true }).click();
    await page.getByLabel('Part of the error, id or correlation id').fill(dead);
    await page.getByLabel('Dependency').selectOption('orders');
    await page.getByLabel('Status').selectOption('dead');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('1 failure', { exact: true }).waitFor();
    await page.getByRole('link', { name: dead, exact: true }).waitFor();
    await accessible(page);
  },

  async 'dead letters are grouped by their cause'(page, { dead }) {
    await page.getByRole('link', { name: 'Dead letters', exact: true }).click();
    await page.getByText(/^3 dead letters in 1 group/).waitFor();
    await page.getByRole('button', { expanded: false }).click();
    await page.getByRole('button', { name: 'Select all 3' }).click();
    await page.getByRole('button', { name: 'Redrive 3 selected' }).waitFor();
    await page.getByRole('button', { name: 'Select none' }).click();
    await page.getByLabel(`Select ${dead}`).check();
    await page.getByRole('button', { name: 'Redrive 1 selected' }).waitFor();
    await accessible(page);
  },

  async 'all dead letters of a dependency are redriven, and die again'(page) {
    await page.getByRole('button', { name: 'Redrive all dead letters of orders' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('3 permanent: repair the cause').waitFor();
    await give(page, 'perhaps it is well by now', 'Redrive');
    const runs = page.getByRole('region', { name: 'Runs' });
    await runs.getByText(/3 died again/).waitFor();
    await accessible(page);
  },

  async 'a dead letter is edited and redriven'(page, { dead }) {
    const runs = page.getByRole('region', { name: 'Runs' });
    await goTo(page, `#/failure?id=${dead}&dependency=orders`);
    // The result of the story before stays on its screen.
    await runs.getByText(/3 died again/).waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Edit' }).click();
    const dialog = page.getByRole('dialog');
    const patch = dialog.getByLabel('Patch');
    await patch.fill('{ "path": "ok" }');
    await dialog.getByText('must be a path that begins with /').waitFor();
    ok(await dialog.getByRole('button', { name: 'Show the difference' }).isDisabled());
    await accessible(page);
    await patch.fill('{ "path": "/ok" }');
    await dialog.getByRole('button', { name: 'Show the difference' }).click();
    await dialog.getByRole('row', { name: '/path "/status/422" "/ok"' }).waitFor();
    await give(page, 'wrong path', 'Store the edit');
    await page.getByRole('link', { name: 'Dead letters', exact: true }).click();
    await page.getByRole('button', { expanded: false }).click();
    await page.getByLabel(`Select ${dead}`).check();
    await page.getByRole('button', { name: 'Redrive 1 selected' }).click();
    await page.getByText('1 dead letter matches.').waitFor();
    // A rate means nothing for one.
    ok(await page.getByLabel('Dead letters a second').isHidden());
    await accessible(page);
    await give(page, 'the path is right now', 'Redrive');
    await runs.getByText(/^moved 1\b/).waitFor();
    // The run belongs to the console, so a reload still shows it.
    await page.reload();
    await runs.getByText(/^moved 1\b/).waitFor();
  },

  async 'a decision shows both sides'(page) {
    await page.getByRole('link', { name: 'Decisions', exact: true }).click();
    await page.getByRole('row', { name: '/city "Bonn" "Trier" "Ulm"' }).waitFor();
    await accessible(page);
  },

  async 'decisions are theirs, merged, or abandon'(page, { others }) {
    await page.getByRole('link', { name: 'Decisions', exact: true }).click();
    for (const [choice, id] of Object.entries(others)) {
      const decision = page.getByRole('region', { name: `Decision about ${id}` });
      await decision.getByRole('button', { name: choice, exact: true }).click();
      if (choice === 'merged')
        await page
          .getByRole('dialog')
          .getByLabel(/^The whole resource, as JSON/)
          .fill('{ "city": "Kiel" }');
      await give(page, `the customer says ${choice}`, `Decide: ${choice}`);
      await decision.waitFor({ state: 'hidden' });
    }
  },

  async 'a decision is taken once, by the first of two operators'(page, { asking }) {
    const other = await page.context().newPage();
    const [address] = page.url().split('#');
    // The token is in the session of the first page.
    const token = await page.evaluate("sessionStorage.getItem('backstop-token')");
    await other.goto(`${address}#token=${token}`);
    const ask = async (each: Page) => {
      await each.getByRole('link', { name: 'Decisions', exact: true }).click();
      const decision = each.getByRole('region', { name: `Decision about ${asking}` });
      await decision.getByRole('button', { name: 'ours' }).click();
    };
    await ask(page);
    await ask(other);
    await give(page, 'she has moved', 'Decide: ours');
    await page.getByText('No open decisions.').waitFor();
    const dialog = other.getByRole('dialog');
    await dialog.getByLabel('Reason, for the audit log').fill('she has moved');
    await dialog.getByRole('button', { name: 'Decide: ours', exact: true }).click();
    await dialog.getByRole('alert').waitFor();
    await other.close();
  },

  async 'a circuit is forced open and released'(page) {
    const tile = page.getByRole('list', { name: 'Circuits' }).getByRole('listitem').filter({ hasText: 'payments' });
    await tile.getByText('More').click();
    await accessible(page);
    await tile.getByRole('button', { name: 'Force open' }).click();
    await give(page, 'they move house', 'Force');
    await tile.getByText('forced-open').waitFor();
    await tile.getByRole('button', { name: 'Back to automatic' }).click();
    await give(page, 'they are back', 'Release');
    await tile.getByText('More').click();
    await tile.getByRole('button', { name: 'Force closed' }).click();
    await page.getByRole('dialog').getByText('Every call passes, however many fail.').waitFor();
    await give(page, 'their health check lies', 'Force');
    await tile.getByText('forced-closed').waitFor();
    await tile.getByRole('button', { name: 'Back to automatic' }).click();
    await give(page, 'they have repaired it', 'Release');
    await tile.getByText('More').waitFor();
  },

  ...RUN_STORIES,

  async 'the audit log has it all'(page) {
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('cell', { name: 'they move house' }).waitFor();
    await page.getByRole('cell', { name: 'which card is it?' }).waitFor();
    await page.getByRole('cell', { name: 'she has moved' }).waitFor();
    await accessible(page);
  },
};
