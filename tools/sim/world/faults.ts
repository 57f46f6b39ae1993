import type { Chance } from './chance.ts';

/**
 * What can go wrong at one point of a schedule.
 *
 * - `fails-before`, `fails-after`: an error instead of the answer, before or after the effect
 * - `answer-lost`: the effect, also of each repetition, but never an answer
 * - `repeated`: the effect, then the SDK repeats the request, whose second answer counts
 * - `crash-before`, `crash-after`: the process dies before or after the effect
 * - `freeze`: the process pauses, then continues; the request is already on its way
 * - `freeze-before`: the same, and the request leaves only after the thaw
 * - `slow`: the request takes up to 20 s, and takes effect even if the client has repeated it or given up
 * - `twice`: a delivery comes a second time
 * - `lost`: a delivery never comes
 * - `abort`: somebody stops the execution
 * - `fast-clock`, `slow-clock`: the clock of a new process is 5 s ahead or behind
 */
export type FaultKind =
  | 'fails-before'
  | 'fails-after'
  | 'answer-lost'
  | 'repeated'
  | 'crash-before'
  | 'crash-after'
  | 'freeze'
  | 'freeze-before'
  | 'slow'
  | 'twice'
  | 'lost'
  | 'abort'
  | 'fast-clock'
  | 'slow-clock';

/** Faults of a request to a service. */
export const REQUEST_FAULTS: readonly FaultKind[] = [
  'fails-before',
  'fails-after',
  'answer-lost',
  'repeated',
  'crash-before',
  'crash-after',
  'freeze',
  'freeze-before',
  'slow',
];

/** Faults of a request that only reads: those that can differ in what follows. */
export const READ_FAULTS: readonly FaultKind[] = ['fails-before', 'crash-before', 'freeze-before', 'slow'];

/** One fault: at which point of the schedule, the how manieth time it is reached (from 1), and what happens there. */
export interface Fault {
  readonly at: string;
  readonly nth: number;
  readonly kind: FaultKind;
}

/** A point of a schedule where a fault is possible. */
export interface FaultPoint {
  readonly at: string;
  readonly nth: number;
  readonly kinds: readonly FaultKind[];
}

/** Random faults, in place of named ones. */
export interface Storm {
  /** Probability of a fault at each point. */
  readonly rate: number;
  readonly kinds: readonly FaultKind[];
  /** Most faults in all. */
  readonly most: number;
  /** Points whose name contains one of these texts; empty: all. */
  readonly focus: readonly string[];
}

/** Decides at each point whether to inject a fault. Keeps all faults of the run, and all points of one without any. */
export class Faults {
  readonly made: Fault[] = [];
  readonly points: FaultPoint[] = [];
  readonly #named: ReadonlyMap<string, FaultKind>;
  readonly #storm: Storm | undefined;
  readonly #chance: Chance;
  readonly #reached = new Map<string, number>();

  constructor(plan: readonly Fault[] | Storm, chance: Chance) {
    this.#chance = chance;
    this.#storm = isStorm(plan) ? plan : undefined;
    this.#named = new Map(isStorm(plan) ? [] : plan.map(({ at, nth, kind }) => [`${at} ${nth}`, kind]));
  }

  /** The fault to inject here, if any. */
  inject(at: string, kinds: readonly FaultKind[]): FaultKind | undefined {
    const nth = (this.#reached.get(at) ?? 0) + 1;
    this.#reached.set(at, nth);
    const kind = this.#storm ? this.#draw(at, kinds, this.#storm) : this.#find(at, nth, kinds);
    if (kind === undefined || !kinds.includes(kind)) return undefined;
    this.made.push({ at, nth, kind });
    return kind;
  }

  #find(at: string, nth: number, kinds: readonly FaultKind[]): FaultKind | undefined {
    if (this.#named.size > 0) return this.#named.get(`${at} ${nth}`);
    this.points.push({ at, nth, kinds });
    return undefined;
  }

  #draw(at: string, kinds: readonly FaultKind[], { rate, kinds: wanted, most, focus }: Storm): FaultKind | undefined {
    if (this.made.length >= most || this.#chance.next('fault') >= rate) return undefined;
    if (focus.length > 0 && !focus.some((part) => at.includes(part))) return undefined;
    const possible = kinds.filter((kind) => wanted.includes(kind));
    return possible.length === 0 ? undefined : this.#chance.pick('kind of fault', possible);
  }
}

function isStorm(plan: readonly Fault[] | Storm): plan is Storm {
  return 'rate' in plan;
}
