import type { Schedule } from './simulate.ts';
import { SCENARIOS } from './story/scenarios.ts';
import { MINUTE_MS } from './story/times.ts';

/** A schedule that broke a promise once, and keeps it since. */
export interface PinnedSchedule extends Schedule {
  /** What went wrong. */
  readonly name: string;
}

function scenario(name: string) {
  const found = SCENARIOS.find((each) => each.name === name);
  if (!found) throw new Error(`there is no story "${name}"`);
  return found;
}

const GIVEN_UP_WITH_STEPS = {
  name: 'made by the last attempt',
  payments: { first: ['refused', 'refused', 'refused'] },
  steps: 2,
} as const;

export const PINNED: readonly PinnedSchedule[] = [
  {
    name: 'steps are undone although the effects table has the success, after a failed write to it',
    scenario: GIVEN_UP_WITH_STEPS,
    seed: 1,
    plan: [
      { at: 'attempt effects.complete', nth: 1, kind: 'crash-after' },
      { at: 'attempt effects.read', nth: 1, kind: 'fails-before' },
    ],
  },
  {
    name: 'a static fallback answers although the effects table has the success',
    scenario: { ...GIVEN_UP_WITH_STEPS, steps: 0, fallback: { kind: 'static', answer: {} } },
    seed: 1,
    plan: [
      { at: 'attempt effects.complete', nth: 1, kind: 'crash-after' },
      { at: 'attempt effects.read', nth: 1, kind: 'fails-before' },
    ],
  },
  {
    name: 'a lost answer to the announcement of a call leaves an unknown result',
    scenario: scenario('a charge is made by the machine'),
    seed: 1,
    plan: [{ at: 'worker ledger.beginAttempt', nth: 1, kind: 'fails-after' }],
  },
  {
    name: 'a refusal whose record fails leaves an unknown result',
    scenario: scenario('a charge is made by the machine'),
    seed: 1,
    plan: [{ at: 'worker ledger.recordFailedAttempt', nth: 1, kind: 'fails-before' }],
  },
  {
    name: 'a change that was not sent stays announced, since one write that withdraws it fails',
    scenario: {
      ...scenario('a charge goes to the backup'),
      name: 'a charge goes to the backup and is redriven',
      redrives: 1,
    },
    seed: 1,
    plan: [
      { at: 'degrade effects.begin', nth: 1, kind: 'fails-after' },
      { at: 'degrade ledger.withdrawBackupCall', nth: 1, kind: 'fails-before' },
    ],
  },
  {
    name: 'a redrive undoes a step although the operation has succeeded late',
    scenario: {
      ...GIVEN_UP_WITH_STEPS,
      method: 'PUT',
      payments: { first: ['refused', 'refused', 'refused'] },
      steps: 1,
      stock: { first: Array(4).fill('refused') },
      redrives: 1,
    },
    seed: 29,
    plan: [{ at: 'attempt calls payments', nth: 2, kind: 'freeze' }],
  },
  {
    name: 'the reconciler gives up a failure without a look into the effects table',
    scenario: scenario('a charge is made by the machine'),
    seed: 1,
    plan: [
      { at: 'attempt effects.complete', nth: 1, kind: 'crash-after' },
      { at: 'machine: Attempt the operation', nth: 2, kind: 'abort' },
      { at: 'machine: Attempt the operation', nth: 3, kind: 'abort' },
      { at: 'machine: Attempt the operation', nth: 4, kind: 'abort' },
      { at: 'machine: Attempt the operation', nth: 5, kind: 'abort' },
    ],
  },
  {
    name: 'a call that was cut off on the last attempt is given up as exhausted',
    scenario: GIVEN_UP_WITH_STEPS,
    seed: 1,
    plan: [{ at: 'attempt calls payments', nth: 2, kind: 'crash-after' }],
  },
  {
    name: 'a call leaves after its lease, since its process waits for the credential',
    scenario: {
      ...GIVEN_UP_WITH_STEPS,
      settings: { auth: { scheme: 'bearer', secretName: 's' } },
      payments: { first: ['refused', 'refused', 'refused', 'refused'] },
    },
    seed: 3,
    plan: [{ at: 'attempt secret', nth: 2, kind: 'freeze-before' }],
  },
  {
    name: 'a success is lost to one slow write',
    scenario: GIVEN_UP_WITH_STEPS,
    seed: 1,
    plan: [{ at: 'attempt effects.complete', nth: 1, kind: 'slow' }],
  },
  {
    name: 'a late process deletes the success of a newer one',
    scenario: { ...GIVEN_UP_WITH_STEPS, method: 'PUT', payments: { first: ['refused', 'refused', 'refused'] } },
    seed: 1,
    plan: [{ at: 'attempt calls payments', nth: 1, kind: 'freeze' }],
  },
  {
    name: 'a success that is stored while a question is open is given up, since nobody answers',
    scenario: {
      name: 'nobody decides',
      conflict: {
        others: [
          { afterMs: 0, field: 'c' },
          { afterMs: 1_500, field: 'a' },
        ],
        answers: [],
      },
      payments: { first: ['refused', 'refused'] },
    },
    seed: 2978,
    plan: [{ at: 'resolve calls payments', nth: 2, kind: 'freeze' }],
  },
  {
    name: 'a failure whose steps are undone leaves the question open to which nobody has replied',
    scenario: {
      name: 'nobody decides, and a step is undone',
      conflict: { others: [{ afterMs: 0, field: 'a' }], answers: [] },
      steps: 1,
      tellsHumans: true,
    },
    seed: 1,
    plan: [],
  },
  {
    name: 'an alert is lost, since a request fails once and the lease of that try outlasts the pause before the next',
    scenario: {
      name: 'a human hears of a dead letter',
      payments: { first: ['refused', 'refused', 'refused', 'refused'] },
      tellsHumans: true,
    },
    seed: 1,
    plan: [{ at: 'notifier incidents.read', nth: 3, kind: 'fails-before' }],
  },
  {
    name: 'an alert waits for the next signal, since a copy of a message ends well while another has crashed with the lease',
    scenario: {
      name: 'a message comes twice',
      failures: 2,
      reportedStatus: 429,
      payments: { flaky: 0.2 },
      settings: { idempotencyKeys: false },
      redrives: 1,
      tellsHumans: true,
    },
    seed: 2018753,
    plan: [
      { at: 'lane delivery', nth: 1, kind: 'twice' },
      { at: 'worker effects.begin', nth: 1, kind: 'crash-after' },
      { at: 'stream record', nth: 2, kind: 'twice' },
      { at: 'lane delivery', nth: 3, kind: 'twice' },
      { at: 'signals delivery', nth: 1, kind: 'twice' },
      { at: 'notifier incidents.replace', nth: 1, kind: 'repeated' },
      { at: 'notifier incidents.replace', nth: 3, kind: 'repeated' },
      { at: 'notifier incidents.replace', nth: 6, kind: 'crash-after' },
    ],
  },
  {
    name: 'an alert is never sent, since its dependency is removed before it can be',
    scenario: {
      name: 'a human hears of a dead letter of a removed dependency',
      payments: { first: ['refused', 'refused', 'refused', 'refused'] },
      deploys: [{ afterMs: 20_000, without: ['payments'] }],
      tellsHumans: true,
    },
    seed: 1,
    plan: [
      { at: 'notifier incidents.read', nth: 3, kind: 'fails-before' },
      { at: 'notifier sqs.hide signal', nth: 1, kind: 'crash-before' },
    ],
  },
  {
    name: 'a success that only the effects table knows is given up, since its dependency is removed',
    scenario: {
      name: 'a dependency is removed while a success is not recorded',
      reportedStatus: 429,
      payments: { first: ['refused'], downForMs: 1_000, flaky: 0.9 },
      settings: { idempotencyKeys: true },
      deploys: [{ afterMs: 30_000, without: ['payments'] }],
      startsOlder: true,
      storesItems: true,
    },
    seed: 103_142,
    plan: [1, 2, 3, 4].map((nth) => ({ at: 'invoke attempt', nth, kind: 'fails-after' }) as const),
  },
  {
    name: 'a charge is made twice, since the dependency has forgotten its key when it is redriven',
    scenario: {
      name: 'a dependency forgets its keys',
      failures: 2,
      reportedStatus: 429,
      payments: { first: ['refused', 'refused', 'refused', 'refused'], flaky: 0.9, keepsKeysMs: 20 * MINUTE_MS },
      settings: { idempotencyKeys: true, idempotencyKeyLifetimeMs: 20 * MINUTE_MS },
      redrives: 2,
    },
    seed: 1166,
    plan: [],
  },
];
