import { DEFAULT_CIRCUIT_POLICY } from '../../../lambdas/contract/circuit-policy.ts';
import type { HttpSettings } from '../../../lambdas/contract/settings.ts';
import type { Deploy, Scenario } from './scenario.ts';
import { HOUR_MS } from './times.ts';

const TIMEOUT_MS = 2_000;

/** Time from receipt to deadline, in milliseconds. */
export const DEADLINE_MS = HOUR_MS;

/** Settings of the dependencies by name. Few attempts keep the schedules short. */
export function settingsOf({ settings, fallback, conflict, isOrdered }: Scenario): ReadonlyMap<string, HttpSettings> {
  const all = ['payments', 'stock', 'backup'].map((name) => [name, defaults(name)] as const);
  const known = new Map(all);
  const given = { ...defaults('payments'), ordered: isOrdered ?? false, ...settings };
  const strategy = conflict ? MERGE : given.conflict;
  known.set('payments', { ...given, conflict: strategy, ...(fallback && { fallback }) });
  return known;
}

const MERGE = { strategy: 'merge', arrayKeys: {}, sensitive: [] } as const;

/** The settings after a deployment. */
export function settingsAfter(
  before: ReadonlyMap<string, HttpSettings>,
  { settings, without = [] }: Deploy,
): ReadonlyMap<string, HttpSettings> {
  const changed = [...before].map(
    ([name, known]) => [name, name === 'payments' ? { ...known, ...settings } : known] as const,
  );
  return new Map(changed.filter(([name]) => !without.includes(name)));
}

function defaults(name: string): HttpSettings {
  return {
    name,
    kind: 'http',
    baseUrl: `https://${name}.example.com`,
    timeoutMs: TIMEOUT_MS,
    idempotencyKeys: false,
    retry: { hotAttempts: 2, durableAttempts: 2, initialDelayMs: 100, maxDelayMs: 2_000 },
    // The observed rate decides alone, so that a few calls open the circuit.
    circuit: { ...DEFAULT_CIRCUIT_POLICY, confidence: 0, minimumCalls: 5, perTenant: false },
    retryBudget: { share: 0.2, perSecond: 10 },
    conflict: { strategy: 'reject', sensitive: [] },
    redrive: { maxCycles: 3, automatic: false, rate: 5 },
    ordered: false,
    priority: 'P2',
    rules: [],
    excerpt: 200,
  };
}
