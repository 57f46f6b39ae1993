import { deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/** Ids of failures in the world. */
export interface StoryFacts {
  readonly dead: string;
  /** Two others, dead for the same reason. */
  readonly other: string;
  readonly spare: string;
  readonly asking: string;
  /** Further failures with a question, by how it is decided. */
  readonly others: Readonly<Record<'theirs' | 'merged' | 'abandon', string>>;
  /** A sensitive value in the operation of the dead one. */
  readonly token: string;
  /** Address of the console of an operator who may only look. */
  readonly reader: string;
  /** Address of the console of a second operator. */
  readonly second: string;
}

export type Story = (page: Page, facts: StoryFacts) => Promise<void>;

/** Gives the reason in the dialog, and waits until it is done. */
export async function give(page: Page, why: string, action: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason, for the audit log').fill(why);
  await dialog.getByRole('button', { name: action, exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** Goes to a screen, as a link does. */
export async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The page has no violation that axe knows. */
export async function accessible(page: Page): Promise<void> {
  // A script tag would break the page's policy. A page that has it keeps it.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE);
  const found =
    "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))";
  deepStrictEqual(await page.evaluate(found), []);
}
