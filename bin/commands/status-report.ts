import { OUTCOMES, type Outcome } from '../../lambdas/contract/outcomes.ts';
import { ownMember } from '../../lambdas/contract/own-member.ts';
import { UNDO_INCOMPLETE, UNREACHABLE } from '../../lambdas/domain/escalation/cause.ts';
import type { OpenIncident } from '../../lambdas/use-cases/escalation/open-incidents.ts';
import type { DependencyCounts, FailureCounts } from '../../lambdas/use-cases/ledger/failure-counts.ts';
import { about, failuresText } from '../session/counted-failures.ts';
import { lookInto, tellIncident } from '../session/incidents.ts';
import type { LeftQueue } from '../session/left-queues.ts';
import type { Cell, Printer } from '../session/printer.ts';
import type { Session } from '../session/session.ts';
import { shortSpan } from '../session/short-span.ts';

/** What `status` has found. A count that nobody could read is undefined. */
export interface Status {
  readonly stack: string;
  readonly region: string;
  readonly at: string;
  /** Whether an incident is open that nobody has taken on. */
  readonly needsHuman: boolean | undefined;
  readonly incidents: readonly OpenIncident[] | undefined;
  /** Names of the alarms in the state ALARM. */
  readonly alarms: readonly string[];
  /** Failures of all lanes, each once. */
  readonly counts: FailureCounts | undefined;
  readonly lanes: readonly LaneStatus[];
  readonly queues: Readonly<Record<string, number | undefined>>;
  readonly leftQueues: readonly LeftQueue[];
  /** Failures under way or held. */
  readonly open: number | undefined;
  /** Failures that wait for a decision. */
  readonly questions: number | undefined;
}

interface LaneStatus {
  readonly lane: string;
  readonly counts: DependencyCounts | undefined;
  /** Messages in the lane queue that no worker has claimed as failures yet. About, by SQS's own count. */
  readonly unclaimed: number | undefined;
  /** Messages of the lane queue, visible and hidden. About. */
  readonly waiting: number | undefined;
  readonly inFlight: number | undefined;
  readonly held: number | undefined;
  /** Messages of the dead-letter queue. About. */
  readonly deadLetters: number | undefined;
  readonly paused: boolean;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly oldestSeconds?: number | undefined;
  /** Circuits that are not closed. */
  readonly circuits: readonly string[];
}

/** Outputs of the queues that no lane has, in words. */
export const QUEUES: Readonly<Record<string, string>> = {
  Rejects: 'rejected events',
  LastResort: 'last resort',
  Parked: 'parked',
  AlertDeadLetters: 'undelivered alerts',
};

/** Incidents that are shown. `incidents` has all. */
const MOST_INCIDENTS = 5;
/** Stands for a count that could not be read. */
const UNREAD = '?';

/** Prints first whether to act, then what is where, then what to run next. */
export function tellStatus(found: Status, print: Printer, session: Session): void {
  const { stack, region, alarms, leftQueues: left } = found;
  print.heading(`${stack} in ${region}`);
  print.line();
  tellIncidents(found, print, session);
  tellDraining(found, print);
  for (const alarm of alarms) print.line('  ', { text: 'ALARM', style: 'red' }, `  ${alarm}`);
  print.line();
  tellLanes(found, print);
  tellLastHour(found, print);
  print.line();
  tellOthers(found, print);
  for (const { name, messages } of left) {
    print.line({ text: '  UNREAD', style: 'yellow' }, `  ${name}: ${messages} messages of a removed lane`);
  }
  if (left.length > 0) print.line('  next: docs/runbook.md#queues-that-nothing-reads');
  for (const hint of hints(found)) print.line(`  next: ${session.command(hint)}`);
}

function tellIncidents({ incidents, lanes }: Status, print: Printer, { now }: Session): void {
  if (incidents === undefined) {
    print.line({ text: '  Open incidents are unknown.', style: 'red' });
    return;
  }
  const untaken = incidents.filter(({ needsHuman }) => needsHuman).length;
  if (incidents.length === 0) print.line('  No open incident: nobody needs to act.');
  else if (untaken === 0)
    print.line(`  No human is needed: ${several(incidents.length)} open, taken on or about to end.`);
  else print.line({ text: `  ${neededFor(untaken, incidents.length)}`, style: 'red' });
  const shown = incidents.slice(0, MOST_INCIDENTS);
  for (const [at, incident] of shown.entries()) {
    const { of } = incident;
    // The failures of a dependency are not those of one incident, so they stand once.
    const isFirst = shown.findIndex((each) => each.of === of) === at;
    const lane = isFirst ? lanes.find((each) => each.lane === of) : undefined;
    tellIncident(
      incident,
      print,
      now(),
      lane === undefined ? '' : failuresText(lane.lane, lane.counts, lane.unclaimed),
    );
  }
  if (incidents.length > MOST_INCIDENTS)
    print.line(`  ${incidents.length - MOST_INCIDENTS} more of ${incidents.length} in the list of incidents.`);
}

function neededFor(untaken: number, all: number): string {
  if (untaken === all) return all === 1 ? '1 open incident needs a human.' : `All ${all} open incidents need a human.`;
  return `${untaken} of ${all} open incidents ${untaken === 1 ? 'needs' : 'need'} a human.`;
}

function several(count: number): string {
  return count === 1 ? '1 incident' : `${count} incidents`;
}

/** A dependency that has nothing open any more, but failures that waited for its circuit. */
function tellDraining({ incidents, lanes }: Status, print: Printer): void {
  for (const { lane, counts, circuits, paused } of lanes) {
    if (counts === undefined || counts.behindCircuit === 0 || paused) continue;
    if (incidents?.some(({ of, cause }) => of === lane && cause === UNREACHABLE)) continue;
    if (circuits.some((circuit) => !circuit.endsWith('recovering'))) continue;
    const state = circuits.length === 0 ? 'recovered' : 'recovering';
    print.line(`  ${lane}: ${state}, ${about(counts)}${counts.behindCircuit} draining.`);
  }
}

function tellLanes({ at, lanes, counts: total }: Status, print: Printer): void {
  const troubled = ({ circuits, paused, counts }: LaneStatus) =>
    circuits.length > 0 || paused ? 2 : (counts?.dead ?? 1) > 0 ? 1 : 0;
  const sorted = [...lanes].sort((a, b) => troubled(b) - troubled(a));
  const rows = sorted.map((lane): Cell[] => [
    lane.lane,
    circuitCell(lane),
    lane.unclaimed === undefined ? UNREAD : some(lane.unclaimed),
    ...cellsOf(lane.counts),
    oldestOf(lane, Date.parse(at)),
  ]);
  const unclaimed = lanes.reduce((sum, lane) => sum + (lane.unclaimed ?? 0), 0);
  const sum: Cell[] = ['all', '', some(unclaimed), ...cellsOf(total), ''];
  print.records(
    ['lane', 'circuit', 'new', 'running', 'held', 'decision', 'undoing', 'dead', 'oldest'],
    lanes.length > 1 ? [...rows, sum] : rows,
  );
  if (total?.isExact === false) print.paragraph('About: only a sample of so many failures was read.');
  if (lanes.some(({ unclaimed = 0 }) => unclaimed > 0))
    print.paragraph("new: messages that no worker has read yet. About, by SQS's own count.");
}

/** Age of the oldest failure under way or held. What no worker has read yet is as old as its queue says. */
function oldestOf({ counts, unclaimed = 0, oldestSeconds = 0 }: LaneStatus, now: number): Cell {
  const ages = [
    ...(counts?.oldestAt === undefined ? [] : [now - Date.parse(counts.oldestAt)]),
    ...((counts === undefined || unclaimed > 0) && oldestSeconds > 0 ? [oldestSeconds * 1_000] : []),
  ];
  return ages.length === 0 ? '' : shortSpan(Math.max(...ages));
}

/** A column in which no lane has any is not shown, except for those that everybody looks for. */
function cellsOf(counts: FailureCounts | undefined): readonly Cell[] {
  if (counts === undefined) return [UNREAD, UNREAD, UNREAD, UNREAD, UNREAD];
  const { running, held, decision, undoing, dead } = counts;
  return [running, held, some(decision), some(undoing), dead === 0 ? 0 : { text: String(dead), style: 'yellow' }];
}

function some(count: number): Cell {
  return count === 0 ? '' : count;
}

function tellLastHour({ lanes }: Status, print: Printer): void {
  const ended = lanes.filter(({ outcomes }) => Object.keys(outcomes).length > 0);
  if (ended.length === 0) return;
  print.line();
  print.records(
    ['lane', 'outcomes of the last hour'],
    ended.map(({ lane, outcomes }): Cell[] => [
      lane,
      { items: OUTCOMES.flatMap((name) => (outcomes[name] === undefined ? [] : `${outcomes[name]} ${name}`)) },
    ]),
  );
}

function tellOthers({ queues, lanes }: Status, print: Printer): void {
  const others = Object.entries(queues).map(
    ([name, count]) => `${ownMember(QUEUES, name) ?? name}: ${count ?? UNREAD}`,
  );
  if (others.length > 0) print.line(`  ${others.join('; ')}`);
  for (const { lane, deadLetters, counts } of lanes) {
    if (deadLetters === undefined) print.line(`  dead-letter queue of ${lane}: ${UNREAD} messages`);
    // Events that no worker could store have no failure.
    else if (counts !== undefined && deadLetters > counts.dead)
      print.line(`  dead-letter queue of ${lane}: about ${deadLetters} messages, more than its dead failures`);
  }
}

function circuitCell({ circuits, paused }: LaneStatus): Cell {
  const shown = circuits.length > 2 ? `${circuits.length} not closed` : circuits.join(', ');
  if (paused) return { text: `paused${shown === '' ? '' : `, ${shown}`}`, style: 'magenta' };
  return shown === '' ? { text: 'closed', style: 'green' } : { text: shown, style: 'red' };
}

/** Words of commands to run next. */
function hints({ incidents, lanes, counts, queues }: Status): readonly string[] {
  const halfDone = incidents?.find(({ cause, needsHuman }) => cause === UNDO_INCOMPLETE && needsHuman);
  return [
    ...(incidents === undefined || incidents.length > 0 ? ['incidents'] : []),
    ...(halfDone === undefined ? [] : lookInto(halfDone)),
    ...(lanes.some(({ circuits }) => circuits.length > 0) ? ['circuits ls'] : []),
    ...((counts?.held ?? 0) > 0 ? ['failures --status held'] : []),
    ...((counts?.dead ?? 0) > 0 || lanes.some(({ deadLetters = 0 }) => deadLetters > 0) ? ['dlq ls'] : []),
    ...((counts?.decision ?? 0) > 0 ? ['decisions'] : []),
    ...((queues.Parked ?? 0) > 0 ? ['dlq ls --parked'] : []),
  ];
}
