import type { Failure } from '../../lambdas/contract/failure.ts';
import { failureKey } from '../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { effectKey } from '../../lambdas/domain/ledger/effect-key.ts';
import { effectId } from '../../lambdas/domain/ledger/effect-transitions.ts';
import { misheard, SUBJECTS } from './alert-invariants.ts';
import type { Dependency } from './cloud/dependency.ts';
import { CONFLICT_INVARIANTS, unordered } from './conflict-invariants.ts';
import type { Check, Facts, Violation } from './facts.ts';
import { brokenOrders } from './saga-invariants.ts';
import { pathOf, type Reported, SECRET, undoPath } from './story/report-failures.ts';
import type { Scenario } from './story/scenario.ts';
import type { Published, Services } from './story/services.ts';
import type { FaultKind } from './world/faults.ts';

interface Story {
  readonly scenario: Scenario;
  readonly reported: Reported;
  /** Whether the schedule came to its end. */
  readonly ended: boolean;
}

/** Invariants of one failure with an entry in the ledger. Their names are the promises. */
const INVARIANTS: Readonly<Record<string, Check>> = {
  'every failure reaches an outcome': ({ entry }) =>
    entry.state !== 'settled' && `${entry.tier}, ${entry.attempts} attempts`,
  'every outcome is published': ({ entry }) => entry.outbox?.eventId,
  'nothing settled stays on a list': ({ entry }) =>
    entry.state === 'settled' && !entry.outbox && (entry.pendingShard ?? entry.dueAt) !== undefined && entry.dueAt,
  'each cycle has exactly one outcome': oneOutcomeEach,
  'each cycle is settled once': ({ entry }) => {
    const settled = entry.trail.filter(({ step }) => step === 'settled').length - (isDiscarded(entry) ? 1 : 0);
    // A reopening keeps a limited number of earlier steps.
    const isWhole = entry.trail[0]?.step === 'received';
    const isRight = isWhole ? settled === entry.cycle : settled <= entry.cycle;
    return entry.state === 'settled' && !isRight && `${settled} times in ${entry.cycle} cycles`;
  },
  'nothing happens after a discard': ({ entry, made }) =>
    isDiscarded(entry) && made.some(({ at }) => at > Date.parse(entry.settledAt ?? '') + SKEWS_MS) && 'made afterwards',
  // Updates of a version have an invariant of their own.
  'no effect happens twice': ({ made, madeAtBackup, scenario }) =>
    scenario.method !== 'PUT' &&
    scenario.conflict === undefined &&
    (made.length > 1 || madeAtBackup.length > 1) &&
    `${made.length} and ${madeAtBackup.length}`,
  'no effect happens at both the dependency and its backup': ({ made, madeAtBackup }) =>
    made.length > 0 && madeAtBackup.length > 0 && 'made at both',
  'a recovered operation took effect': ({ entry, made }) =>
    entry.outcome === 'recovered' && made.length === 0 && 'no effect',
  'an answer of the backup took effect there': ({ entry, madeAtBackup, scenario }) =>
    entry.outcome === 'degraded' && scenario.fallback?.kind === 'backup' && madeAtBackup.length === 0 && 'no effect',
  'no step is undone twice': ({ undone }) =>
    undone.some(({ length }) => length > 1) && undone.map(({ length }) => length).join(' '),
  'steps are undone in reverse order': ({ undone, entry }) =>
    entry.cycle === 1 && isOutOfOrder(undone) && 'out of order',
  'nothing is undone that succeeded': ({ entry, undone }) =>
    (entry.outcome === 'recovered' || entry.outcome === 'resolved') &&
    undone.some(({ length }) => length > 0) &&
    'recovered and undone',
  'a compensated operation took no effect': ({ entry, made }) =>
    entry.outcome === 'compensated' && made.length > 0 && 'the operation took effect',
  'a compensated failure has all its steps undone': ({ entry, undone, scenario }) =>
    entry.outcome === 'compensated' && undone.some(({ length }) => length === 0) && `of ${scenario.steps} steps`,
  'every dead-lettered failure has a letter': hasLetter,
  'a success that Backstop knows is not given up': knowsSuccess,
  'a dead letter tells of a possible effect': ({ entry, made }) =>
    entry.outcome === 'dead-lettered' &&
    made.length > 0 &&
    !entry.uncertain &&
    !entry.possibleEffect &&
    // A redrive looks for its result first.
    !entry.inFlight?.repeatable &&
    entry.reason !== 'unknown-result' &&
    `${entry.reason}, but made`,
  'a result is unknown only after a call without a clear answer': hasFalseDoubt,
  'a call begins no earlier page than a call before it': ({ reads }) =>
    reads.some(({ from }, n) => from < (reads[n - 1]?.from ?? 0)) && pagesOf(reads),
  'a call begins where the last answer said': ({ reads, services }) =>
    services.world.faults.made.length === 0 &&
    reads.some(({ from }, n) => from !== (reads[n - 1]?.next ?? reads[n - 1]?.from ?? 0)) &&
    pagesOf(reads),
  ...CONFLICT_INVARIANTS,
};

function pagesOf(reads: Facts['reads']): string {
  return `pages ${reads.map(({ from }) => from).join(' ')}`;
}

/** Checks every invariant. */
export function violationsOf(services: Services, { scenario, reported, ended }: Story): readonly Violation[] {
  const found: Violation[] = ended ? [] : [{ invariant: 'everything ends', about: 'it still goes on' }];
  for (const failure of reported.failures) {
    const { id } = failure;
    const facts = factsOf(failure, services, scenario);
    if (facts) {
      for (const [invariant, check] of Object.entries(INVARIANTS)) {
        const about = check(facts);
        if (about) found.push({ invariant, about: `${id}: ${about}` });
      }
    } else if (!isKept(id, services)) {
      found.push({ invariant: 'no event is lost', about: `${id} is neither in the ledger, a letter nor a reject` });
    }
  }
  const defects = services.world.defects.map((about) => ({ invariant: 'the code makes no mistake', about }));
  return [
    ...found,
    ...unordered(services, scenario),
    ...misheard(services),
    ...brokenOrders(services),
    ...defects,
    ...leaks(services),
  ];
}

function isKept(id: string, { letters, rejected }: Services): boolean {
  return [...letters, ...rejected.map(({ event }) => event)].some((body) => body.includes(`"${id}"`));
}

function factsOf(failure: Failure, services: Services, scenario: Scenario): Facts | undefined {
  const { id } = failure;
  const entry = services.entries.get(failureKey(failure));
  const effects = (name: string, path: string) =>
    (services.dependencies.get(name) as Dependency).made.filter((each) => each.path === path);
  return (
    entry && {
      services,
      scenario,
      id,
      entry,
      made: effects('payments', pathOf(id)),
      madeAtBackup: effects('backup', pathOf(id)),
      reads: (services.dependencies.get('payments') as Dependency).reads.filter(({ path }) => path === pathOf(id)),
      written: services.dependencies.get('payments')?.resources.get(pathOf(id))?.writes ?? [],
      undone: Array.from({ length: scenario.steps ?? 0 }, (_, step) => effects('stock', undoPath(id, step))),
    }
  );
}

function oneOutcomeEach({ id, entry, services }: Facts): string | undefined {
  if (entry.state !== 'settled' || entry.outcome === 'ignored') return undefined;
  const isFirst = ({ eventId }: Published, at: number, all: readonly Published[]) =>
    all.findIndex((other) => other.eventId === eventId) === at;
  // An event may be repeated late, as events.md says.
  const told = services.bus.filter((each) => each.id === id).filter(isFirst);
  for (let cycle = 1; cycle <= entry.cycle; cycle++) {
    const isDiscard = ({ outcome }: Published) =>
      outcome === 'discarded' && cycle === entry.cycle && isDiscarded(entry);
    const ofCycle = told.filter((each) => each.cycle === cycle && !isDiscard(each));
    const events = new Set(ofCycle.map(({ eventId }) => eventId));
    if (events.size !== 1) return `cycle ${cycle} has the events ${[...events].join(', ') || 'none'}`;
  }
  const last = told.findLast(({ cycle }) => cycle === entry.cycle);
  return last && last.outcome !== entry.outcome ? `told ${last.outcome}, is ${entry.outcome}` : undefined;
}

/** The last step is undone first. A step that can't be undone doesn't stop the others. */
function isOutOfOrder(undone: Facts['undone']): boolean {
  const times = undone.flatMap(([first]) => (first ? [first.at] : []));
  return times.some((at, step) => step > 0 && at > (times[step - 1] as number));
}

function hasLetter({ id, entry, services }: Facts): string | false {
  if (entry.outcome !== 'dead-lettered') return false;
  const all = [...services.letters, ...services.parked, ...services.lastResort];
  const isKept = all.some((body) => {
    const letter = JSON.parse(body) as { readonly id?: string; readonly cycle?: number };
    return letter.id === id && (letter.cycle ?? entry.cycle) === entry.cycle;
  });
  return !isKept && `cycle ${entry.cycle} has none`;
}

/** A success that a late process stores after the decision comes too late. */
function knowsSuccess({ entry, services }: Facts): string | false {
  const isGivenUp =
    entry.outcome === 'dead-lettered' || entry.outcome === 'compensated' || entry.outcome === 'degraded';
  if (!isGivenUp) return false;
  const knownAt = services.knownAt.get(effectId(effectKey(entry)));
  const givenUpAt = services.givenUpAt.get(failureKey(entry));
  if (knownAt === undefined || givenUpAt === undefined) return false;
  const isDelayed = services.world.faults.made.some(({ kind }) => DELAYS.has(kind));
  const isLate = knownAt > givenUpAt - (isDelayed ? LONGEST_DELAY_MS : SHORTEST_LOOK_MS);
  return !isLate && `${entry.outcome}, ${entry.reason ?? 'no reason'}`;
}

/** An operator's discard follows the outcome of the cycle. */
function isDiscarded({ outcome, reason }: LedgerEntry): boolean {
  return outcome === 'discarded' && reason === 'by-operator';
}

/** Two clocks may differ by so much. */
const SKEWS_MS = 10_000;
const REFUSED = 429;
/** Faults between the look for a success and the decision. */
const DELAYS: ReadonlySet<FaultKind> = new Set(['freeze', 'freeze-before', 'slow']);
const LONGEST_DELAY_MS = 1_000_000;
/** Time from the look for a success to the decision without a fault, in milliseconds. */
const SHORTEST_LOOK_MS = 100;

/** Without a crash or a pause, somebody knows how each call ended. */
function hasFalseDoubt({ id, entry, scenario, services, made, madeAtBackup }: Facts): string | false {
  const { reportedStatus = REFUSED } = scenario;
  const isDoubted = entry.outcome === 'dead-lettered' && entry.reason === 'unknown-result';
  if (!isDoubted || reportedStatus !== REFUSED || made.length + madeAtBackup.length > 0) return false;
  // Marks of an earlier version name no call, so a repeated one seems to be that of another.
  const isUnnamed = (kind: FaultKind) => scenario.startsOlder === true && kind === 'repeated';
  const isCut = services.world.faults.made.some(
    ({ kind, at }) => CUTS.has(kind) || at.startsWith('invoke') || isUnnamed(kind),
  );
  const isUnclear = [...services.dependencies.values()].some(({ unclear }) => unclear.has(pathOf(id)));
  return !isCut && !isUnclear && 'every call had a clear answer';
}

/** Faults after which a call may have no result, whatever the code does. */
const CUTS: ReadonlySet<FaultKind> = new Set([
  'crash-before',
  'crash-after',
  'freeze',
  'freeze-before',
  'slow',
  'answer-lost',
  'abort',
]);

function leaks({ bus, letters, lastResort, parked, alerts }: Services): readonly Violation[] {
  const texts = [
    JSON.stringify(bus),
    ...SUBJECTS.map((subject) => JSON.stringify(alerts?.incidentsOf(subject) ?? '')),
    ...lastResort,
    ...parked,
    ...letters.filter((text) => text.includes('backstop-dead-letter')),
  ];
  return texts.some((text) => text.includes(SECRET))
    ? [{ invariant: 'nothing leaks', about: 'a payload left the ledger' }]
    : [];
}
