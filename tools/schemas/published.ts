import * as v from 'valibot';
import type { CircuitKind } from '../../lambdas/contract/circuit-kinds.ts';
import type { Compensation } from '../../lambdas/contract/compensation.ts';
import type { ConflictRecord, Winner } from '../../lambdas/contract/conflict-record.ts';
import type { Tier } from '../../lambdas/contract/ledger-entry.ts';
import { CIRCUIT, CORRELATION_ID, FAILURE_ID, TENANT } from '../../lambdas/contract/names.ts';
import { namesOf } from '../../lambdas/contract/names-of.ts';
import { OPERATOR_ACTIONS } from '../../lambdas/contract/operator-actions.ts';
import { OUTCOME_FACTS, OUTCOMES } from '../../lambdas/contract/outcomes.ts';
import { DEAD_LETTER_REASONS } from '../../lambdas/contract/reasons.ts';
import type { FallbackSettings, Priority } from '../../lambdas/contract/settings.ts';
import type { Category, VerdictKind } from '../../lambdas/contract/verdict.ts';
import type { CircuitChange } from '../../lambdas/domain/circuit/circuit-change.ts';
import { MAX_WHY_LENGTH } from '../../lambdas/domain/operator/act.ts';

/** All values of a union. The compiler refuses a list that lacks one. */
function each<Value extends string>(values: Readonly<Record<Value, true>>) {
  return v.picklist(namesOf(values));
}

const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const id = v.pipe(v.string(), v.regex(FAILURE_ID));
const tenant = v.pipe(v.string(), v.regex(TENANT));
const time = v.pipe(
  v.string(),
  v.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z$/),
  v.description('RFC 3339, in UTC'),
);
const priority = each<Priority>({ P1: true, P2: true, P3: true });

const published = {
  version: v.literal(1),
  eventId: v.pipe(text, v.description('The same for each repetition of the event')),
};

type ConflictEnd = NonNullable<ConflictRecord['end']>;

const conflictEnd = each<ConflictEnd>({
  'deleted-meanwhile': true,
  'both-changed': true,
  'no-timestamps': true,
  'same-time': true,
  'etag-format-changed': true,
  'same-version': true,
  'not-comparable': true,
  'asked-for': true,
  'changed-since': true,
  rejected: true,
  'not-a-write': true,
  'etag-missing': true,
  contended: true,
  resubmitted: true,
  'already-applied': true,
  'already-deleted': true,
  'theirs-newer': true,
  decided: true,
});

/** Detail of the `Operation …` events that report an outcome. */
export const operationOutcome = v.object({
  ...published,
  id,
  correlationId: v.pipe(v.string(), v.regex(CORRELATION_ID)),
  dependency: text,
  tenant: v.optional(tenant),
  priority,
  outcome: v.picklist(OUTCOMES.filter((outcome) => OUTCOME_FACTS[outcome].event !== undefined)),
  reason: v.optional(v.picklist([...DEAD_LETTER_REASONS, 'by-operator'])),
  verdict: each<VerdictKind>({ transient: true, throttled: true, conflict: true, permanent: true, expected: true }),
  category: each<Category>({
    'external-dependency': true,
    'data-integrity': true,
    'resource-exhaustion': true,
    'timeout-or-deadlock': true,
    authentication: true,
  }),
  rule: v.pipe(text, v.description('Name of the rule that judged the last error')),
  attempts: count,
  tier: each<Tier>({ hot: true, warm: true }),
  cycle: v.pipe(positive, v.description('Counts redrives, from 1')),
  occurredAt: time,
  conflict: v.optional(v.pipe(conflictEnd, v.description('After a conflict: how it ended'))),
  winner: v.optional(each<Winner>({ ours: true, theirs: true, merged: true })),
  rounds: v.optional(count),
  compensation: v.optional(
    v.pipe(
      each<Compensation>({ none: true, 'not-run': true, incomplete: true, done: true }),
      v.description('Of a dead letter: how far the completed steps are undone'),
    ),
  ),
  undone: v.optional(v.pipe(count, v.description('Of a compensated operation: steps undone'))),
  fallback: v.optional(
    each<FallbackSettings['kind']>({ static: true, 'last-good': true, backup: true, 'read-only': true, skip: true }),
  ),
  statusCode: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(999))),
  retryAfter: v.optional(v.pipe(positive, v.description('Of a fallback: seconds until the next call makes sense'))),
  ageMs: v.optional(v.pipe(count, v.description('Of a fallback: age of an old answer, in milliseconds'))),
});

const circuitState = each<CircuitKind>({
  closed: true,
  open: true,
  'half-open': true,
  recovering: true,
  'forced-open': true,
  'forced-closed': true,
});

/** Detail of `Circuit State Changed`. */
export const circuitStateChanged = v.object({
  ...published,
  circuit: v.pipe(v.string(), v.regex(CIRCUIT)),
  dependency: text,
  tenant: v.optional(tenant),
  from: circuitState,
  to: circuitState,
  reason: each<CircuitChange['reason']>({
    'failure-rate': true,
    'time-to-probe': true,
    'probe-failed': true,
    'probes-succeeded': true,
    'failing-again': true,
    recovered: true,
    forced: true,
    released: true,
  }),
  counts: v.object({ successes: count, failures: count }),
  sequence: v.pipe(positive, v.description('Orders the changes of a circuit')),
  at: time,
  until: v.optional(time),
  note: v.optional(v.pipe(v.string(), v.description("Of a forced circuit: the operator's reason"))),
  by: v.optional(v.string()),
});

/** Detail of `Operator Acted`. */
export const operatorActed = v.object({
  ...published,
  action: v.picklist(OPERATOR_ACTIONS),
  dependency: v.optional(text),
  failureId: v.optional(id),
  by: text,
  principal: v.pipe(text, v.description('ARN of the identity that AWS authenticated')),
  name: v.optional(v.pipe(text, v.description('What the operator typed; nobody checks it'))),
  why: v.pipe(text, v.maxLength(MAX_WHY_LENGTH)),
  acknowledges: v.optional(
    v.pipe(
      v.array(text),
      v.description(
        'Causes of the incidents that the action acknowledges. Absent in an acknowledgement: all of the dependency',
      ),
    ),
  ),
  at: time,
});
