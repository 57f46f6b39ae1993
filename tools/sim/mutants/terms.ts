import type { Term } from './edits.ts';
import { STORE_TERMS } from './store-terms.ts';

const EFFECTS = 'lambdas/domain/ledger/effect-transitions.ts';
const EFFECT_STORE = 'lambdas/use-cases/ledger/effect-store.ts';
const LEDGER_STORE = 'lambdas/use-cases/ledger/ledger-store.ts';
const CALL_ONCE = 'lambdas/use-cases/ledger/call-once.ts';
const ORDERED_LANE = 'lambdas/adapters/lane/ordered-lane.ts';
const RESOLVE_ROUND = 'lambdas/use-cases/conflict/resolve-round.ts';
const EXPRESSION = 'lambdas/adapters/ledger/update-expression.ts';
const ATTEMPT = 'lambdas/domain/ledger/attempt-transitions.ts';
const CALL_FAILURE = 'lambdas/domain/recovery/call-failure.ts';
const REPEATABLE = 'lambdas/domain/recovery/repeatable.ts';
const UNDO_STEP = 'lambdas/use-cases/undo/undo-step.ts';
const OPEN_CALL = 'lambdas/domain/recovery/open-call.ts';
const SORT_BATCH = 'lambdas/adapters/lane/sort-batch.ts';
const STOP_POINT = 'lambdas/domain/saga/stop-point.ts';
const RESCUE = 'lambdas/use-cases/saga/rescue.ts';
const OWN_WRITE = 'lambdas/adapters/own-write.ts';
const WARM_TIER = 'lambdas/use-cases/recovery/warm-tier.ts';
const UNRECORDED = 'lambdas/use-cases/recovery/finish-unrecorded.ts';
const WITHIN_LEASE = 'lambdas/use-cases/ledger/within-lease.ts';

/** Guards that are no statement of their own. */
export const TERMS: readonly Term[] = [
  ...STORE_TERMS,
  {
    file: EFFECTS,
    name: 'a mark is set only where there is none',
    from: "[anyOf(isAbsent('id'), isAtMost('expiration', Math.floor(times.now / 1_000)))]",
    to: '[]',
  },
  {
    file: EFFECTS,
    name: 'only a mark is replaced, not a success',
    from: "      is('status', 'INPROGRESS'),",
    to: '',
  },
  {
    file: EFFECTS,
    name: 'a mark is replaced only by its reader',
    from: "      isStill('token', before.token),",
    to: '',
  },
  {
    file: EFFECTS,
    name: 'a mark is replaced only after its lease',
    from: "      anyOf(isAbsent('in_progress_expiration'), isAtMost('in_progress_expiration', times.now)),",
    to: '',
  },
  { file: EFFECTS, name: 'the first success stands', from: "[isNot('status', 'COMPLETED')]", to: '[]' },
  { file: EFFECTS, name: 'a doubt outlives a later call', from: ", isAbsent('doubted')", to: '' },
  { file: EFFECTS, name: 'only a mark is freed, not a success', from: "[is('status', 'INPROGRESS'), is(", to: '[is(' },
  {
    file: EFFECTS,
    name: 'only its owner frees a mark',
    from: "INPROGRESS'), is('token', token)]",
    to: "INPROGRESS')]",
  },
  { file: EFFECT_STORE, name: 'no call after a success', from: "if (found.kind === 'done') return found;", to: '' },
  {
    file: EFFECT_STORE,
    name: 'no call beside another',
    from: "if (found.kind === 'under-way') return found;",
    to: '',
  },
  {
    file: CALL_ONCE,
    name: 'an earlier success is the result',
    from: "if (start.kind === 'done') return { kind: 'earlier', success: start.success };",
    to: '',
  },
  {
    file: CALL_ONCE,
    name: 'no call beside one that is marked',
    from: "if (start.kind === 'under-way') return { kind: 'under-way' };",
    to: '',
  },
  {
    file: LEDGER_STORE,
    name: 'what allows a call still stands',
    from: 'written && stands(written) ? written : undefined',
    to: 'written',
  },
  {
    file: ORDERED_LANE,
    name: 'a message stays until its failure has its outcome',
    from: "if (entry.state === 'settled' || waitsForHuman(entry)) return undefined;",
    to: 'return undefined;',
  },
  {
    file: RESOLVE_ROUND,
    name: 'a decision holds only for the state that the human saw',
    from: 'if (stateDigest(current) !== question?.state) {',
    to: 'if (question === undefined) {',
  },
  { file: EXPRESSION, name: 'all checks must hold', from: "textOf).join(' AND ')", to: "textOf).join(' OR ')" },
  { file: EXPRESSION, name: 'one of several checks is enough', from: "join(' OR ')})`", to: "join(' AND ')})`" },
  { file: EXPRESSION, name: 'a check names its path', from: 'attribute_not_exists(', to: 'attribute_exists(' },
  { file: EXPRESSION, name: 'a comparison is that of the check', from: 'check.op} $', to: "'='} $" },
  { file: EXPRESSION, name: 'fields are removed', from: "clause('REMOVE', remove.map(pathOf))", to: "''" },
  {
    file: OWN_WRITE,
    name: 'a repeated write is refused',
    from: "} <> :write`).join(' AND ');",
    to: "} <> :write`).join(' OR ').replace(/^.*$/, '($&)');",
  },
  {
    file: OWN_WRITE,
    name: 'an own write is found behind those of others',
    from: 'current && MARKS.some((mark) => current[mark]?.S === token)',
    to: 'current && current[NEWEST]?.S === token',
  },
  { file: OWN_WRITE, name: 'an own write is recognised', from: 'current : undefined;', to: 'undefined : undefined;' },
  {
    file: WARM_TIER,
    name: 'a late success is looked for, whatever ends the failure',
    from: ' || (possibleEffect === true && undo === undefined)',
    to: '',
  },
  {
    file: OPEN_CALL,
    name: 'the announcement of an earlier version proves nothing',
    from: ' && inFlight?.repeatable !== undefined',
    to: '',
  },
  {
    file: OPEN_CALL,
    name: 'a call that may have had an effect is not repeated under other settings',
    from: ' && !isRepeatable(entry, settings, now)',
    to: ' && false',
  },
  {
    file: CALL_FAILURE,
    name: 'a call is repeated only if the settings of its own time allow it',
    from: 'return atItsTime && isRepeatable(entry, settings, now);',
    to: 'return isRepeatable(entry, settings, now);',
  },
  {
    file: REPEATABLE,
    name: 'an idempotency key is trusted only while the dependency keeps it',
    from: 'return now < firstCallAt + idempotencyKeyLifetimeMs - KEY_MARGIN_MS;',
    to: 'return true;',
  },
  {
    file: ATTEMPT,
    name: 'the next call continues where the answer said',
    from: 'failure: resumedFailure(entry, checkpoint),',
    to: '',
  },
  {
    file: UNDO_STEP,
    name: 'an undo is repeated only if the settings of its own time allow it',
    from: 'progress.repeatable !== false && ',
    to: '',
  },
  {
    file: RESOLVE_ROUND,
    name: 'a version that was refused is never sent again',
    from: "decided.kind === 'resubmit' && conflict?.refused.includes(decided.operation.ifMatch ?? '')",
    to: 'false',
  },
  {
    file: SORT_BATCH,
    name: 'failures of one resource share a group',
    from: 'group: await groupOf(body, ports)',
    to: 'group: messageId',
  },
  {
    file: STOP_POINT,
    name: 'a step that failed has not succeeded',
    from: 'in data[SAGA_FIELD]) return undefined;',
    to: 'in data[SAGA_FIELD]) void 0;',
  },
  {
    file: STOP_POINT,
    name: 'a saga that went on has not ended',
    from: "if (landmark.left === null) return { kind: 'ended' };",
    to: '',
  },
  {
    file: RESCUE,
    name: 'a saga is rescued three times at most',
    from: 'if (rescues > MAX_RESCUES)',
    to: 'if (rescues > 99)',
  },
  {
    file: RESCUE,
    name: 'an undo in which the machine failed is passed over',
    from: "if (status !== 'FAILED' || !broken)",
    to: "if (status !== '' || !broken)",
  },
  {
    file: UNRECORDED,
    name: 'an announced call may still leave',
    from: "if (inFlight && Date.parse(inFlight.until) > ledger.now) return { kind: 'under-way' };",
    to: '',
  },
  {
    file: UNRECORDED,
    name: 'a mark may still become a success',
    from: "if (effect.kind === 'under-way') return",
    to: 'if (false) return',
  },
  {
    file: ATTEMPT,
    name: 'a call that was cut off gets its announcement back',
    from: 'return replaced ? {',
    to: 'return false ? {',
  },
  {
    file: OPEN_CALL,
    name: 'an interrupted call is open',
    from: " || uncertain === 'interrupted'",
    to: '',
  },
  { file: WITHIN_LEASE, name: 'who is too late does not insist', from: 'error instanceof BusyError || ', to: '' },
  { file: WITHIN_LEASE, name: 'nobody insists after the lease', from: ' || clock.now >= until', to: '' },
];
