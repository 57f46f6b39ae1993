import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Choice } from '../../lambdas/contract/conflict-record.ts';
import type { Outcome, Tier } from '../../lambdas/contract/ledger-entry.ts';
import type { DemoDependency } from './dependency.ts';
import type { Ending } from './ending.ts';

/** What must become of the event, and what the dependency must have seen of it in the end. */
export interface Expectation {
  readonly outcome: Outcome | 'rejected';
  readonly tier?: Tier;
  /** Name of the rule that gives the last verdict. */
  readonly rule?: string;
  /** Why it is a dead letter, or the code of the rejection. */
  readonly reason?: string;
  /** Kind of the fallback that answers. */
  readonly fallback?: string;
  /** Completed steps that are undone, as `2 of 3`. */
  readonly undone?: string;
  readonly calls?: number;
  readonly effects?: number;
}

/** One event file. */
export interface Scenario {
  /** One sentence: what this shows. */
  readonly say: string;
  readonly expect: Expectation;
  /** How many failures like this one come at once, during an outage that ends. @default 1 */
  readonly copies?: number;
  /** Documents of the dependency by their paths: their versions, the last of which is there when the event comes. */
  readonly documents?: Readonly<Record<string, readonly unknown[]>>;
  /** What a human decides once one is asked. */
  readonly decide?: Choice;
  /** Detail of an `Operation Failed` event; `occurredAt` is added when it is sent. */
  readonly event: { readonly id: string; readonly correlationId: string; readonly [field: string]: unknown };
}

/** All event files of a folder, in the order of their names. */
export async function readScenarios(folder: string): Promise<Scenario[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Scenario));
}

/** Where the ending, or what the dependency saw, is not what the file expects: a phrase for each. */
export function misses(
  { expect, event }: Scenario,
  ending: Ending,
  seen: Pick<DemoDependency, 'calls' | 'effects'>,
): string[] {
  const ofThisEvent = ({ correlationId }: { correlationId?: string }) => correlationId === event.correlationId;
  const actual: Expectation = {
    outcome: ending.outcome,
    tier: ending.tier,
    rule: ending.rule,
    reason: ending.reason,
    fallback: ending.fallback,
    undone: ending.undone,
    calls: seen.calls.filter(ofThisEvent).length,
    effects: seen.effects.filter(ofThisEvent).length,
  };
  return (Object.keys(expect) as (keyof Expectation)[])
    .filter((field) => expect[field] !== actual[field])
    .map((field) => `expected ${field} ${expect[field]}, got ${actual[field] ?? 'none'}`);
}
