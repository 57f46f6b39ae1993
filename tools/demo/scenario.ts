import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Choice } from '../../lambdas/contract/conflict-record.ts';
import type { Tier } from '../../lambdas/contract/ledger-entry.ts';
import type { Outcome } from '../../lambdas/contract/outcomes.ts';
import type { DemoDependency } from './dependency.ts';
import type { Ending } from './ending.ts';

/** The expected outcome of the event, and the calls that the dependency must have seen. */
export interface Expectation {
  readonly outcome: Outcome | 'rejected';
  /**
   * The usual tier. If the outcome is right, another tier is fine: a slow machine escalates what a fast one recovers.
   */
  readonly tier?: Tier;
  /** Rule of the last verdict. */
  readonly rule?: string;
  /** The dead-letter reason or the code of the rejection. */
  readonly reason?: string;
  /** Kind of the fallback that answers. */
  readonly fallback?: string;
  /** Undone steps, such as `2 of 3`. */
  readonly undone?: string;
  readonly calls?: number;
  readonly effects?: number;
}

/** One event file. */
export interface Scenario {
  /** What the event shows, in one sentence. */
  readonly say: string;
  readonly expect: Expectation;
  /** Number of such failures that arrive at once during an outage. @default 1 */
  readonly copies?: number;
  /** Versions of the dependency's documents by path. The last one is current when the event arrives. */
  readonly documents?: Readonly<Record<string, readonly unknown[]>>;
  /** The human decision, if one is needed. */
  readonly decide?: Choice;
  /** Detail of an `Operation Failed` event. The demo adds `occurredAt` when it sends the event. */
  readonly event: { readonly id: string; readonly correlationId: string; readonly [field: string]: unknown };
}

/** Reads all event files of a folder, in the order of their names. */
export async function readScenarios(folder: string): Promise<Scenario[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Scenario));
}

/** A phrase for each difference between the file's expectations and what happened. */
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
