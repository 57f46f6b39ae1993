import type { Term } from './edits.ts';

const ANNOUNCEMENT = 'lambdas/adapters/operator/announcement.ts';
const ANSWER_STORE = 'lambdas/adapters/fallback/answer-store.ts';
const AUDIT_LOG = 'lambdas/adapters/operator/audit-log.ts';
const CIRCUIT_OUTBOX = 'lambdas/adapters/circuit/circuit-outbox.ts';
const CIRCUIT_STORE = 'lambdas/adapters/circuit/dynamodb-circuit-store.ts';
const CLAIMED_BODY = 'lambdas/adapters/boundary/claimed-body.ts';
const DISCARD = 'lambdas/use-cases/redrive/discard.ts';
const DYNAMODB_LEDGER = 'lambdas/adapters/ledger/dynamodb-ledger.ts';
const ESCALATE = 'lambdas/use-cases/escalation/escalate.ts';
const INCIDENT_STORE = 'lambdas/adapters/escalation/incident-store.ts';
const LANE_BATCH = 'lambdas/adapters/lane/lane-batch.ts';
const OPERATION_ITEMS = 'lambdas/use-cases/ledger/operation-items.ts';
const REDRIVE = 'lambdas/use-cases/redrive/redrive.ts';
const REDRIVE_ON_CLOSE = 'lambdas/use-cases/redrive/redrive-on-close.ts';
const REDRIVE_RUNS = 'lambdas/adapters/redrive/redrive-runs.ts';

/** Guards of operations, bodies, circuits, incidents, answers, audit and redrives. */
export const STORE_TERMS: readonly Term[] = [
  // The items of operations, and the bodies that operations claim.
  {
    file: OPERATION_ITEMS,
    name: 'an item is renewed only if the entry still names it',
    from: 'condition: [...condition, isSame]',
    to: 'condition',
  },
  {
    file: OPERATION_ITEMS,
    name: 'an operation is known only by its own token',
    from: 'return operationItem.token === token;',
    to: 'return true;',
  },
  {
    file: OPERATION_ITEMS,
    name: 'an operation is known only by its digest',
    from: ' && digestOf(writeFailure(failure)) === digest',
    to: '',
  },
  {
    file: OPERATION_ITEMS,
    name: 'an edit drops the name of the old item',
    from: "remove: [...remove, 'operationItem'] }",
    to: 'remove }',
  },
  {
    file: OPERATION_ITEMS,
    name: 'an edit drops the old operation of the entry',
    from: "remove: [...remove, 'failure'] }",
    to: 'remove }',
  },
  {
    file: CLAIMED_BODY,
    name: 'a body has the size that was claimed',
    from: 'content.byteLength === bytes && ',
    to: '',
  },
  {
    file: CLAIMED_BODY,
    name: 'a body has the digest that was claimed',
    from: " && createHash('sha256').update(content).digest('hex') === sha256",
    to: '',
  },
  // Conditional writes of what is not an entry.
  {
    file: DYNAMODB_LEDGER,
    name: 'a claim replaces no entry',
    from: "putCondition([isAbsent('id')])",
    to: 'putCondition([])',
  },
  {
    file: CIRCUIT_OUTBOX,
    name: 'only the published event of a circuit is cleared',
    from: "condition: [is('outbox.eventId', eventId)]",
    to: 'condition: []',
  },
  {
    file: CIRCUIT_STORE,
    name: 'a circuit is replaced only as it was read',
    from: "condition: '#version = :before'",
    to: "condition: '#version > :before OR #version <= :before'",
  },
  {
    file: CIRCUIT_STORE,
    name: 'a new circuit replaces none',
    from: '(attribute_not_exists(#version) OR NOT attribute_type(#version, :number))',
    to: '(attribute_not_exists(#version) OR NOT attribute_type(#version, :number) OR attribute_exists(#version))',
  },
  {
    file: INCIDENT_STORE,
    name: 'incidents are replaced only as they were read',
    from: "condition: [isStill('version', version === 0 ? undefined : version)]",
    to: 'condition: []',
  },
  {
    file: ESCALATE,
    name: 'a channel gets its alerts only under the own lease',
    from: 'before.teller?.token === token; before =',
    to: 'true; before =',
  },
  {
    file: ANSWER_STORE,
    name: 'an older answer replaces no newer one',
    from: "condition: [anyOf(isAbsent('at'), isBelow('at', answer.at))]",
    to: 'condition: []',
  },
  {
    file: ANNOUNCEMENT,
    name: 'an announcement is written once',
    from: "putCondition([isAbsent('id')])",
    to: 'putCondition([])',
  },
  {
    file: AUDIT_LOG,
    name: 'a record of the audit is never replaced',
    from: "'attribute_not_exists(#key)'",
    to: "'attribute_not_exists(#key) OR attribute_exists(#key)'",
  },
  // Copies of a message that waits in the lane.
  {
    file: LANE_BATCH,
    name: 'a message is sent back only by its current copy',
    from: 'if (!(await ledger.passOn(entry, message))) return true;',
    to: 'await ledger.passOn(entry, message);',
  },
  {
    file: LANE_BATCH,
    name: 'an earlier copy of a message does nothing',
    from: 'if (isSuperseded(found, laneMessageOf(record))) {',
    to: 'if (found === undefined) {',
  },
  // The lease of a redrive.
  {
    file: REDRIVE_RUNS,
    name: 'a redrive claims only a free queue',
    from: '{ set, condition: [isFree(holder)] }',
    to: '{ set, condition: [] }',
  },
  {
    file: REDRIVE_RUNS,
    name: 'a redrive begins only on a free queue',
    from: 'putCondition([isFree(holder)])',
    to: 'putCondition([])',
  },
  {
    file: REDRIVE_RUNS,
    name: 'only its holder releases a lease',
    from: "await update(lane, { remove: LEASE, condition: [is('holder', holderOf(lease))] });",
    to: 'await update(lane, { remove: LEASE, condition: [] });',
  },
  {
    file: REDRIVE_RUNS,
    name: 'only its holder renews a lease',
    from: "until: now() + LEASE_MS }, condition: [is('holder', holderOf(lease))] }",
    to: 'until: now() + LEASE_MS }, condition: [] }',
  },
  {
    file: REDRIVE_RUNS,
    name: 'only its holder ends a redrive',
    from: "set: { state, moved }, remove: LEASE, condition: [is('holder', holderOf(lease))]",
    to: 'set: { state, moved }, remove: LEASE, condition: []',
  },
  {
    file: REDRIVE_RUNS,
    name: 'a lease that runs keeps others out',
    from: ", isAtMost('until', now()));",
    to: ", isAtMost('until', now() * 2));",
  },
  {
    file: REDRIVE,
    name: 'a redrive that lost its lease stops',
    from: "if (!(await renew(this.#moved))) this.#end ??= 'lost';",
    to: 'await renew(this.#moved);',
  },
  {
    file: REDRIVE,
    name: 'a redrive sends nothing that others may have received',
    from: 'if (this.#ports.now() - each.receivedAt > MAX_HELD_MS) {',
    to: 'if (this.#ports.now() < each.receivedAt) {',
  },
  {
    file: REDRIVE,
    name: 'a redrive sends no letter twice',
    from: 'messages.filter(({ id }) => !this.#sent.has(id))',
    to: 'messages.slice()',
  },
  {
    file: REDRIVE_ON_CLOSE,
    name: 'the table of circuits confirms an automatic redrive',
    from: 'if (!isUnderWay && !(await isConfirmed(closing, ports))) return undefined;',
    to: '',
  },
  {
    file: REDRIVE_ON_CLOSE,
    name: 'a redrive that lost its lease continues later',
    from: "if (end === 'lost') return BUSY_MS;",
    to: "if (end === 'lost') return undefined;",
  },
  {
    file: DISCARD,
    name: 'a letter of an earlier cycle discards nothing',
    from: ' || entry.cycle !== deadLetter.facts.cycle',
    to: '',
  },
  // Reads before a write.
  {
    file: REDRIVE,
    name: 'only what the lane accepted is deleted',
    from: 'messages.filter(({ id }) => this.#sent.has(id))',
    to: 'messages.slice()',
  },
];
