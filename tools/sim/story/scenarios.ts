import type { Answer } from '../cloud/dependency.ts';
import type { Scenario } from './scenario.ts';

const refused = (count: number): readonly Answer[] => Array<Answer>(count).fill('refused');
/** More refusals than there are attempts. */
const GIVEN_UP = { first: refused(4) };
const BACKUP = { kind: 'backup', dependency: 'backup' } as const;

/** Stories whose every single fault is tried. Each reaches another part of the code. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'a charge is refused once, then made', payments: { first: refused(1) } },
  { name: 'a charge is made by the machine', payments: { first: refused(3) } },
  {
    name: 'a charge with an idempotency key has an unknown result',
    payments: { first: ['silent after the effect'] },
    settings: { idempotencyKeys: true },
  },
  {
    name: 'an update has an unknown result twice',
    method: 'PUT',
    payments: { first: ['broken after the effect', 'silent'] },
  },
  {
    name: 'a read continues where its last answer said',
    method: 'PUT',
    payments: { first: refused(3), hasPages: true },
    storesApart: true,
    focus: ['operation', 'recordFailedAttempt', 'calls'],
  },
  {
    name: 'a charge needs a credential',
    payments: { first: refused(2) },
    settings: { auth: { scheme: 'bearer', secretName: 's' } },
    focus: ['secret', 'calls', 'effects.begin'],
  },
  {
    name: 'a charge is given up, then redriven',
    payments: GIVEN_UP,
    redrives: 1,
    focus: ['redrive', 'lane', 'classify', 'settle', 'publisher', 'machine', ' 3'],
  },
  {
    name: 'two operators redrive and discard at once',
    payments: GIVEN_UP,
    redrives: 1,
    discards: 1,
    focus: ['redrive', 'discard', 'settle', 'publisher', 'dead-letters'],
  },
  {
    name: 'a charge is given up, and two steps are undone',
    payments: GIVEN_UP,
    steps: 2,
    focus: ['attempt', 'classify', 'settle', 'machine'],
  },
  {
    name: 'an undo is refused at first',
    payments: GIVEN_UP,
    steps: 2,
    stock: { first: refused(3) },
    focus: ['undo'],
  },
  {
    name: 'an execution of the version before continues after a deployment',
    payments: GIVEN_UP,
    steps: 1,
    hasMachineBefore: true,
    focus: ['classify', 'settle', 'machine'],
  },
  {
    name: 'a charge goes to the backup',
    payments: GIVEN_UP,
    fallback: BACKUP,
    focus: ['attempt', 'degrade', 'classify', 'settle', 'machine'],
  },
  {
    name: 'a backup refuses, too',
    payments: { first: refused(9) },
    backup: { first: refused(1) },
    fallback: BACKUP,
    steps: 1,
    focus: ['degrade', 'classify', 'undo', 'machine'],
  },
  {
    name: 'a human decides about an update',
    conflict: { others: [{ afterMs: 0, field: 'a' }], answers: ['ours'] },
    focus: ['ask', 'decide', 'the decision', 'resolve calls', 'sfn.wake'],
  },
  {
    name: 'two failures of one resource',
    isOrdered: true,
    failures: 2,
    payments: { first: refused(1) },
    focus: ['sorter', 'ordered', 'sqs', 'worker calls', 'worker ledger.settle', 'beginAttempt'],
  },
  {
    name: 'humans hear of an outage and its end',
    payments: { first: refused(4) },
    failures: 3,
    tellsHumans: true,
    focus: ['notifier', 'signal', 'circuit stream', 'circuits.clear', 'circuits.scan'],
  },
  {
    name: 'nobody decides in time, and a step is undone',
    conflict: { others: [{ afterMs: 0, field: 'a' }], answers: [] },
    steps: 1,
    tellsHumans: true,
    focus: ['ask', 'reconciler', 'Wait for the decision', 'machine tells', 'publisher'],
  },
  {
    name: 'an order is done',
    saga: { orders: 1 },
    tellsHumans: true,
    focus: ['order', 'shop', 'saga', 'execution failed'],
  },
  {
    name: 'an order is undone, except for one step',
    saga: { orders: 1, broken: ['ship', 'refund'] },
    tellsHumans: true,
    focus: ['order', 'shop', 'saga', 'execution failed', 'machine tells'],
  },
  {
    name: 'a new version takes over a charge at the backup',
    payments: GIVEN_UP,
    fallback: BACKUP,
    steps: 1,
    startsOlder: true,
    deploys: [{ afterMs: 2_500 }],
    focus: ['effects', 'degrade', 'calls', 'beginAttempt', 'undo'],
  },
];
