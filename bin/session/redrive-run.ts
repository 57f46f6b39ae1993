import { DynamoDBCircuitStore } from '../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { deadLetterQueue, targetQueue } from '../../lambdas/adapters/redrive/dead-letter-queue.ts';
import { circuitGate } from '../../lambdas/use-cases/redrive/circuit-gate.ts';
import { redrive } from '../../lambdas/use-cases/redrive/redrive.ts';
import type { Plan, Redriven, Progress as Told } from '../../lambdas/use-cases/redrive/redrive-request.ts';
import type { RedriveRun } from '../../lambdas/use-cases/redrive/runs.ts';
import { deadLetterCount, waitNote } from './dead-letters.ts';
import { DeclinedError, IncompleteError, InterruptedError } from './errors.ts';
import { shortTime } from './printer.ts';
import type { Progress } from './progress.ts';
import type { RedriveLease } from './redrive-lease.ts';
import type { Route } from './route.ts';
import type { BegunAct, Session } from './session.ts';

/** The redrive reports no shorter waits, because a probing circuit causes one after each dead letter. */
const WORTH_TELLING_MS = 3_000;

/** What to move, and on whose behalf. */
export interface PlannedRun extends Pick<RedriveRun, 'filter' | 'rate' | 'startedAt'> {
  readonly begun: BegunAct;
  readonly planned: Plan;
  /** Dead letters that earlier parts of the run moved. @default 0 */
  readonly moved?: number;
}

/**
 * Runs the redrive and reports its progress.
 *
 * @throws InterruptedError with the command that resumes
 * @throws IncompleteError if something planned was not moved
 */
export async function executeRedrive(
  session: Session,
  route: Route,
  lease: RedriveLease,
  { begun, planned, ...wanted }: PlannedRun,
): Promise<void> {
  const { desk } = session;
  const of = { lane: route.name, run: lease.run };
  // The operator may have thought about the plan for longer than the lease.
  await lease.renew();
  const { run } = await desk('begin-run', { moved: 0, ...wanted, ...of, act: begun.act });
  const total = run.moved + planned.messageIds.size;
  const progress = session.progress(total);
  const renew = async (count: number) => (await desk('renew-run', { ...of, moved: count })).renewed;
  let { moved } = run;
  let redriven: Redriven;
  try {
    const onProgress = (told: Told) => {
      if (told.kind === 'moved') {
        moved = told.moved;
        begun.note({ moved });
      }
      show(told, moved, progress, session);
    };
    redriven = await redrive(
      { ...run, planned, whenHeld: 'wait', includeOther: route.anything },
      { ...portsOf(session, route), renew, onProgress },
    );
  } catch (error) {
    await desk('end-run', { ...of, state: 'failed', moved }).catch(() => undefined);
    const facts = { queue: route.name, run: run.run, end: 'failed', moved, matched: total, left: total - moved };
    session.print.result(facts, () => undefined);
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}. ${deadLettersAreWhere(moved, total)} ${howToGoOn(route, session)}`, { cause: error });
  } finally {
    progress.end();
  }
  const { end, hidden } = redriven;
  // Somebody can resume it once the hidden dead letters are visible again.
  const state = end === 'done' && hidden > 0 ? 'interrupted' : end;
  if (state !== 'lost') await desk('end-run', { ...of, state, moved: redriven.moved });
  begun.note({ moved: redriven.moved });
  tellEnd(session, route, run, { ...redriven, total });
}

function portsOf(session: Session, { sourceUrl, targetUrl, dependency }: Route) {
  const { clients, deployment, now, signal, sleep } = session;
  const { sqs } = clients;
  const circuits = new DynamoDBCircuitStore({ client: clients.dynamodb, table: deployment.circuitsTable });
  return {
    source: deadLetterQueue({ sqs, queueUrl: sourceUrl }),
    target: targetQueue(sqs, targetUrl),
    gate: dependency === undefined ? undefined : circuitGate(circuits, now),
    dependency,
    now,
    signal,
    sleep,
    onWait: waitNote(session),
    random: session.random,
  };
}

function show(told: Told, moved: number, progress: Progress, { print, now }: Session): void {
  switch (told.kind) {
    case 'moved':
      progress.show(told.moved, `${told.rate}/s`);
      break;
    case 'held': {
      if (told.until - now() < WORTH_TELLING_MS) {
        progress.show(moved, 'waiting for circuit probes');
        break;
      }
      const { dependency, tenant } = told.subject;
      const circuit = tenant === undefined ? dependency : `${dependency}/${tenant}`;
      progress.end();
      print.note(
        `Paused: the circuit of ${circuit} is open until ${shortTime(told.until)}. The redrive resumes by itself.`,
      );
      progress.show(moved, `paused until ${shortTime(told.until)}`);
      break;
    }
    default:
      told satisfies never;
  }
}

type Ended = Redriven & { readonly total: number };

function tellEnd(session: Session, route: Route, run: RedriveRun, redriven: Ended): void {
  const { print, command } = session;
  const { end, moved, newer, unreadable, total: matched } = redriven;
  const { hidden, gone } = notMoved(redriven);
  const left = redriven.left + hidden + gone;
  const facts = { queue: route.name, run: run.run, end, moved, matched, left, hidden, gone, newer, unreadable };
  print.result(facts, () => {
    print.line(`Moved ${deadLetterCount(moved)} ${route.words}.`);
    if (newer > 0)
      print.line(`${deadLetterCount(newer)} arrived during the redrive and ${newer === 1 ? 'was' : 'were'} not moved.`);
    if (unreadable > 0) print.line(`Not moved, neither dead letter nor event: ${unreadable}.`);
    if (end === 'done' && route.dependency !== undefined) {
      print.line(`next: ${command('status')}`);
      print.line(`next: ${command(`dlq ls ${route.dependency}`)}`);
    }
  });
  rejectUnlessComplete(session, route, redriven);
}

/**
 * Planned dead letters that were not moved, and others that nobody could check. `hidden`: another reader holds them.
 * `gone`: they are no longer in the queue.
 */
function notMoved({ end, missing, hidden }: Redriven): { readonly hidden: number; readonly gone: number } {
  // A run that stops early leaves the rest in the queue.
  if (end !== 'done') return { hidden: Math.max(missing.length, hidden), gone: 0 };
  return { hidden, gone: Math.max(0, missing.length - hidden) };
}

function rejectUnlessComplete(session: Session, route: Route, redriven: Ended): void {
  const { end, moved, total } = redriven;
  const { hidden, gone } = notMoved(redriven);
  switch (end) {
    case 'interrupted':
      throw new InterruptedError(`Interrupted. ${deadLettersAreWhere(moved, total)} ${howToGoOn(route, session)}`);
    case 'lost':
      throw new DeclinedError(
        `Stopped: another redrive of ${route.name} took over, because this one did not report in time. Moved ${moved} of ${deadLetterCount(Math.max(moved, total))}.`,
      );
    case 'held':
    case 'done':
      break;
    default:
      end satisfies never;
  }
  if (hidden + gone === 0) return;
  const reasons = [
    ...(hidden > 0 ? [`Not moved: another reader still hides ${deadLetterCount(hidden)}.`] : []),
    ...(gone > 0
      ? [`Not moved: ${deadLetterCount(gone)}, no longer in the queue. Somebody else moved or discarded them.`]
      : []),
    ...(hidden > 0 ? [howToGoOn(route, session)] : []),
  ];
  throw new IncompleteError(
    `Incomplete: moved ${moved} of ${deadLetterCount(Math.max(moved, total))}.\n${reasons.join('\n')}`,
  );
}

function deadLettersAreWhere(moved: number, total: number): string {
  return `Moved ${moved} of ${deadLetterCount(Math.max(moved, total))}; the rest stay in their queue.`;
}

function howToGoOn({ said, name }: Route, { command }: Session): string {
  // A parked redrive moves one dead letter: the same command repeats it.
  return `To continue: ${command(`dlq redrive${said}${name === 'parked' ? " --why '…'" : ' --resume'}`)}`;
}
