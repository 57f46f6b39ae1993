import * as v from 'valibot';
import { CIRCUIT_KINDS } from '../../contract/circuit-kinds.ts';
import { COMPENSATIONS } from '../../contract/compensation.ts';
import { CORRELATION_ID, DEPENDENCY, FAILURE_ID, TENANT } from '../../contract/names.ts';
import { OPERATOR_ACTIONS } from '../../contract/operator-actions.ts';
import { DEAD_LETTER_REASONS } from '../../contract/reasons.ts';
import type { OwnRule } from '../../contract/settings.ts';
import { circuitKey } from '../circuit/circuit-key.ts';
import { MAX_SIGNATURE_LENGTH } from '../operator/act.ts';

/*
 * Backstop's own events, checked as strictly as a report. Only Backstop may send them, but what they say reaches humans
 * and silences alerts.
 */

/** What the config says about dependencies. */
export interface KnownDependencies {
  /** Undefined for a dependency that the config doesn't have. */
  readonly settingsOf: (dependency: string) => { readonly rules: readonly Pick<OwnRule, 'name'>[] } | undefined;
}

const MAX_ATTEMPTS = 10_000;
/** No dependency has as many incidents. */
const MAX_CAUSES = 100;
/** The form of Backstop's own rules. */
const BUILT_IN_RULE = /^[a-z][a-z0-9-]{0,63}$/;
/** What names of people and sessions need. Everything that a shell or a markup interprets is missing. */
const NO_LABEL = /[^\p{L}\p{M}\p{N} ._@+:/=,-]/gu;

export const failureId = v.pipe(v.string(), v.regex(FAILURE_ID));
export const correlationId = v.pipe(v.string(), v.regex(CORRELATION_ID));
const tenant = v.pipe(v.string(), v.regex(TENANT));
const time = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);

/**
 * The name of a dependency. A deployment may have removed it since: its failures still become dead letters, and its
 * incidents must still reach their channels.
 */
export const dependencyName = v.pipe(v.string(), v.regex(DEPENDENCY));

/** A name that a person chose, without what could be taken for more than a name. */
const label = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(MAX_SIGNATURE_LENGTH),
  v.transform((text) => text.replace(NO_LABEL, '?')),
);

export function deadLettered(known: KnownDependencies) {
  return v.pipe(
    v.object({
      id: failureId,
      correlationId,
      dependency: dependencyName,
      tenant: v.optional(tenant),
      priority: v.picklist(['P1', 'P2', 'P3']),
      reason: v.picklist(DEAD_LETTER_REASONS),
      rule: v.string(),
      attempts: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_ATTEMPTS)),
      compensation: v.optional(v.picklist(COMPENSATIONS), 'none'),
      conflict: v.optional(v.string()),
      cycle: v.fallback(v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))), undefined),
    }),
    v.transform(({ rule, ...facts }) => ({ ...facts, rule: knownRule(rule, facts.dependency, known) })),
  );
}

export const ended = v.object({ id: failureId, dependency: dependencyName });

/** A rule of Backstop or of the dependency. Any other text could be a sentence or a command. */
function knownRule(rule: string, dependency: string, { settingsOf }: KnownDependencies): string {
  const isKnown = BUILT_IN_RULE.test(rule) || settingsOf(dependency)?.rules.some(({ name }) => name === rule);
  return isKnown ? rule : 'unknown';
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const circuitChanged = v.pipe(
  v.object({
    dependency: dependencyName,
    tenant: v.optional(tenant),
    circuit: v.string(),
    to: v.picklist(CIRCUIT_KINDS),
    at: time,
    reason: v.exactOptional(v.pipe(v.string(), v.regex(/^[a-z-]{1,40}$/))),
    sequence: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    counts: v.fallback(v.optional(v.object({ successes: count, failures: count })), undefined),
  }),
  v.check((change) => change.circuit === circuitKey(change), 'circuit is that of another dependency or tenant'),
  v.transform(({ tenant: _, ...change }) => change),
);

export const operatorActed = v.object({
  action: v.picklist(OPERATOR_ACTIONS),
  by: label,
  at: time,
  dependency: v.optional(dependencyName),
  failureId: v.optional(failureId),
  // Only compared with the causes of incidents.
  acknowledges: v.exactOptional(v.pipe(v.array(v.string()), v.maxLength(MAX_CAUSES))),
});
