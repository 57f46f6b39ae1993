import type { FallbackSettings } from '../../lambdas/contract/settings.ts';
import type { Behaviour } from './cloud/dependency.ts';
import type { Schedule } from './simulate.ts';
import type { ConflictStory, Deploy, Scenario } from './story/scenario.ts';
import { MINUTE_MS } from './story/times.ts';
import { Chance } from './world/chance.ts';
import { type FaultKind, REQUEST_FAULTS, type Storm } from './world/faults.ts';

const BACKUP = { kind: 'backup', dependency: 'backup' } as const;
const STATIC = { kind: 'static', answer: { closed: true } } as const;
const KINDS: readonly FaultKind[] = [...REQUEST_FAULTS, 'twice', 'lost', 'abort', 'fast-clock', 'slow-clock'];
/** Points that faults concentrate on in some storms. The empty list is all of them, and more likely. */
const FOCUSES: readonly (readonly string[])[] = [
  [],
  [],
  [],
  ['effects', 'calls'],
  ['calls', 'effects', 'ledger.beginAttempt'],
  ['ledger'],
  ['undo'],
  ['degrade'],
  ['machine', 'invoke'],
  ['reconciler', 'publisher', 'stream'],
  ['notifier', 'signal'],
  ['order', 'shop', 'saga'],
];

/** Draws a story from a seed. */
function randomScenario(chance: Chance): Scenario {
  const steps = chance.pick('steps', [0, 0, 1, 2]);
  const isKeyed = chance.next('keys') < 0.25;
  // Backstop trusts a key for 15 minutes less, so here for 5 minutes. An operator may redrive later.
  const keepsKeysMs = isKeyed && chance.next('key lifetime') < 0.5 ? 20 * MINUTE_MS : undefined;
  const needsAuth = chance.next('auth') < 0.25;
  const conflict = chance.next('conflict') < 0.15 ? randomConflict(chance) : undefined;
  const deploys = chance.next('deploy') < 0.2 ? [randomDeploy(chance)] : undefined;
  const isOrdered = !conflict && chance.next('ordered') < 0.15;
  return {
    name: 'a random story',
    conflict,
    isOrdered,
    startsOlder: deploys !== undefined && chance.next('older') < 0.5,
    deploys,
    failures: chance.pick('failures', isOrdered ? [2, 2, 3] : [1, 1, 1, 1, 2]),
    method: chance.pick('method', ['POST', 'POST', 'POST', 'PUT'] as const),
    reportedStatus: chance.pick('reported', [429, 429, 429, 500]),
    steps,
    settings: {
      idempotencyKeys: isKeyed,
      ...(keepsKeysMs && { idempotencyKeyLifetimeMs: keepsKeysMs }),
      ...(needsAuth && { auth: { scheme: 'bearer' as const, secretName: 'payments' } }),
    },
    fallback: chance.next('fallback') < 0.35 ? randomFallback(chance) : undefined,
    payments: {
      ...randomBehaviour(chance),
      hasPages: chance.next('pages') < 0.1,
      ...(keepsKeysMs && { keepsKeysMs }),
    },
    stock: steps > 0 ? randomBehaviour(chance) : undefined,
    backup: chance.next('backup') < 0.3 ? randomBehaviour(chance) : undefined,
    redrives: chance.pick('redrives', [0, 0, 1, 2]),
    discards: chance.pick('discards', [0, 0, 0, 1, 2]),
    ...randomSaga(chance),
    hasMachineBefore: chance.next('machine before') < 0.1,
    storesItems: chance.next('items') < 0.1,
    storesApart: chance.next('apart') < 0.3,
  };
}

function randomConflict(chance: Chance): ConflictStory {
  const changes = chance.pick('changes', [1, 1, 2, 3]);
  return {
    others: Array.from({ length: changes }, (_, n) => ({
      afterMs: n === 0 ? 0 : chance.pick('change', [200, 1_500, 60_000, 700_000]),
      field: chance.pick('field', ['a', 'b', 'b', 'c'] as const),
    })),
    answers: chance.pick('answers', ANSWERS),
  };
}

const ANSWERS: readonly ConflictStory['answers'][] = [
  [],
  ['ours'],
  ['theirs'],
  ['merged'],
  ['abandon'],
  ['ours', 'theirs'],
  ['merged', 'abandon'],
];

/** Some sagas, always with a notifier. It also listens to some stories without one. */
function randomSaga(chance: Chance): Pick<Scenario, 'saga' | 'tellsHumans'> {
  if (chance.next('saga') >= 0.1) return { tellsHumans: chance.next('humans') < 0.2 };
  const broken = chance.pick('broken', BROKEN);
  return { saga: { orders: chance.pick('orders', [1, 1, 2]), broken }, tellsHumans: true };
}

/** Steps and undos of a saga that never work. */
const BROKEN: readonly (readonly string[])[] = [
  [],
  [],
  [],
  ['charge'],
  ['label'],
  ['ship'],
  ['notify'],
  ['ship', 'refund'],
  ['invoice', 'void-label'],
];

function randomDeploy(chance: Chance): Deploy {
  const afterMs = chance.pick('deploy', [300, 2_500, 30_000, 400_000]);
  switch (
    chance.pick('what is deployed', ['keys', 'no keys', 'fallback', 'no fallback', 'removal', 'attempts'] as const)
  ) {
    case 'keys':
      return { afterMs, settings: { idempotencyKeys: true } };
    case 'no keys':
      return { afterMs, settings: { idempotencyKeys: false } };
    case 'fallback':
      return { afterMs, settings: { fallback: BACKUP } };
    case 'no fallback':
      return { afterMs, settings: { fallback: undefined } };
    case 'removal':
      return { afterMs, without: [chance.pick('removed', ['stock', 'backup', 'payments'])] };
    case 'attempts':
      return {
        afterMs,
        settings: { retry: { hotAttempts: 1, durableAttempts: 1, initialDelayMs: 50, maxDelayMs: 100 } },
      };
  }
}

function randomFallback(chance: Chance): FallbackSettings {
  const afterMs = chance.pick('fallback after', [undefined, undefined, 1_000, 60_000, 600_000]);
  return { ...chance.pick('kind of fallback', [BACKUP, BACKUP, STATIC]), afterMs };
}

function randomBehaviour(chance: Chance): Behaviour {
  const refusals = chance.pick('refusals', [0, 1, 2, 3, 3, 4, 9]);
  return {
    first: Array.from({ length: refusals }, () => 'refused' as const),
    downForMs: chance.pick('down', [0, 0, 0, 0, 1_000, 20_000, 120_000, 7_200_000]),
    flaky: chance.pick('flaky', [0, 0, 0.2, 0.5, 0.9]),
  };
}

/** Draws the faults of a schedule from a seed: often a pair, sometimes a storm. */
function randomStorm(chance: Chance): Storm {
  const focus = chance.pick('focus', FOCUSES);
  const isPicky = chance.next('kinds') < 0.5;
  return {
    rate: chance.pick('rate', focus.length > 0 ? [0.1, 0.3, 0.6] : [0.02, 0.08, 0.2]),
    kinds: isPicky ? KINDS.filter(() => chance.next('kind') < 0.5) : KINDS,
    most: chance.pick('most', [1, 2, 2, 3, 4, 6, 12, 40]),
    focus,
  };
}

/** The schedule of a seed: its story and its faults. */
export function randomSchedule(seed: number): Schedule {
  const chance = new Chance(seed);
  return { scenario: randomScenario(chance), seed, plan: randomStorm(chance) };
}
