import type { CircuitRow, Incident, LaneRow } from './documents.ts';

/**
 * How a dependency is.
 *
 * - `down`: a circuit of it lets no call pass, except probes
 * - `held`: an operator has forced a circuit open
 * - `recovering`: calls pass again, a growing share of them
 * - `recovered`: its circuit has closed lately, or failures of the outage still drain
 * - `up`: its circuits are closed
 */
export type Condition = 'down' | 'held' | 'recovering' | 'recovered' | 'up';

/** Everything that is wrong with one dependency, or with Backstop itself. */
export interface Trouble {
  readonly dependency: string;
  readonly condition: Condition;
  /** When the condition began; of an outage, when that began. RFC 3339. */
  readonly since?: string | undefined;
  /** Its circuits that are not closed. */
  readonly circuits: readonly CircuitRow[];
  /** The most urgent first. */
  readonly incidents: readonly Incident[];
  readonly lane?: LaneRow | undefined;
  /** Failures that Backstop works on. */
  readonly waiting: number;
  readonly deadLetters: number;
}

export interface Facts {
  readonly incidents: readonly Incident[];
  readonly circuits: readonly CircuitRow[];
  readonly lanes: readonly LaneRow[];
  /** In epoch milliseconds. */
  readonly now: number;
}

/** How long the page says that a dependency has recovered. */
const NEWS_MS = 600_000;
/** Failures that wait so long after a recovery are not those of the outage. */
const DRAINING_MS = 3_600_000;

/**
 * What is wrong, dependency by dependency: first what is down, then what needs a human, then the rest. Among equals, in
 * the order of the incidents.
 */
export function troublesOf({ incidents, circuits, lanes, now }: Facts): readonly Trouble[] {
  const names = new Set([...incidents.map(({ of }) => of), ...circuits.map(({ circuit }) => dependencyOf(circuit))]);
  return [...names]
    .map((dependency): Trouble => {
      const lane = lanes.find((each) => each.lane === dependency);
      const own = circuits.filter(({ circuit }) => dependencyOf(circuit) === dependency);
      const waiting = waitingIn(lane);
      return {
        dependency,
        ...conditionOf(own, waiting, now),
        circuits: own.filter(({ state }) => state !== 'closed'),
        incidents: incidents.filter(({ of }) => of === dependency).sort((a, b) => urgencyOf(a) - urgencyOf(b)),
        lane,
        waiting,
        deadLetters: deadLettersOf(lane),
      };
    })
    .filter(({ condition, incidents }) => condition !== 'up' || incidents.length > 0)
    .sort((a, b) => rankOf(a) - rankOf(b));
}

/** Failures of a lane that Backstop works on. Those that wait for a decision are not among them. */
export function waitingIn(lane: LaneRow | undefined): number {
  if (!lane) return 0;
  if (lane.counts) return lane.counts.running + lane.counts.held + lane.counts.undoing;
  const { waiting = 0, inFlight = 0, held = 0 } = lane;
  return Math.max(waiting + inFlight, held);
}

export function deadLettersOf(lane: LaneRow | undefined): number {
  return lane?.counts?.dead ?? lane?.deadLetters ?? 0;
}

/** Whether somebody must act on an incident that nobody has taken on. */
export function needsHuman({ state, needsHuman: isNeeded = true }: Incident): boolean {
  return state === 'open' && isNeeded;
}

export function isUrgent(incident: Incident): boolean {
  return incident.priority === 'P1' && needsHuman(incident);
}

function dependencyOf(circuit: string): string {
  return circuit.split('/')[0] ?? circuit;
}

function conditionOf(
  circuits: readonly CircuitRow[],
  waiting: number,
  now: number,
): Pick<Trouble, 'condition' | 'since'> {
  const of = (...states: readonly CircuitRow['state'][]) => circuits.filter(({ state }) => states.includes(state));
  const down = of('open', 'half-open');
  if (down.length > 0) return { condition: 'down', since: earliest(down.map((row) => row.outageSince ?? row.since)) };
  const held = of('forced-open');
  if (held.length > 0) return { condition: 'held', since: earliest(held.map(({ since }) => since)) };
  const recovering = of('recovering');
  if (recovering.length > 0) return { condition: 'recovering', since: earliest(recovering.map(({ since }) => since)) };
  const closedAt = circuits
    .filter(({ state, outageSince }) => state === 'closed' && outageSince !== undefined)
    .flatMap(({ since }) => since ?? [])
    .toSorted()
    .at(-1);
  const age = closedAt === undefined ? Number.POSITIVE_INFINITY : now - Date.parse(closedAt);
  const isNews = age < NEWS_MS || (waiting > 0 && age < DRAINING_MS);
  return isNews ? { condition: 'recovered', since: closedAt } : { condition: 'up' };
}

function earliest(times: readonly (string | undefined)[]): string | undefined {
  return times.flatMap((time) => time ?? []).toSorted()[0];
}

function urgencyOf(incident: Incident): number {
  return (needsHuman(incident) ? 0 : 2) + (incident.priority === 'P1' ? 0 : 1);
}

function rankOf({ condition, waiting, incidents }: Trouble): number {
  if (condition === 'down' || condition === 'held') return waiting > 0 ? 0 : 1;
  if (incidents.some(isUrgent)) return 2;
  if (incidents.some(needsHuman)) return 3;
  return condition === 'up' ? 5 : 4;
}
