import { DynamoDBCircuitStore } from '../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { deadLetterQueue, targetQueue } from '../../lambdas/adapters/redrive/dead-letter-queue.ts';
import { circuitGate } from '../../lambdas/use-cases/redrive/circuit-gate.ts';
import type { TargetQueue } from '../../lambdas/use-cases/redrive/queues.ts';
import { redrive } from '../../lambdas/use-cases/redrive/redrive.ts';
import type { Plan, Redriven, Progress as Told } from '../../lambdas/use-cases/redrive/redrive-request.ts';
import type { RedriveRun } from '../../lambdas/use-cases/redrive/runs.ts';
import { waitNote } from './dead-letters.ts';
import { shortTime } from './printer.ts';
import type { Progress } from './progress.ts';
import type { RedriveLease } from './redrive-lease.ts';
import { deadLettersAreWhere, howToGoOn, type RedriveReport } from './redrive-report.ts';
import type { Route } from './route.ts';
import type { BegunAct, Session } from './session.ts';

/** The redrive reports no shorter waits, because a probing circuit causes one after each dead letter. */
const WORTH_TELLING_MS = 3_000;

/** What to move, and on whose behalf. */
export interface PlannedRun extends Pick<RedriveRun, 'filter' | 'rate' | 'startedAt'> {
  readonly begun: BegunAct;
  readonly planned: Plan;
  /** Tells the end, once the lease and the record of the run have ended. */
  readonly report: RedriveReport;
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
  { begun, planned, report, ...wanted }: PlannedRun,
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
      { ...portsOf(session, route, (target) => report.watched(target, planned.messageIds.size)), renew, onProgress },
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
  report.end({ run: run.run, ...redriven, total });
  // Somebody can resume it once the hidden dead letters are visible again.
  const state = end === 'done' && hidden > 0 ? 'interrupted' : end;
  if (state !== 'lost') await desk('end-run', { ...of, state, moved: redriven.moved });
  begun.note({ moved: redriven.moved });
  // The lease of the run has ended with its record. The action ends once it is known whether it helped.
  begun.note(await report.follow());
  report.rejectUnlessComplete();
}

function portsOf(
  session: Session,
  { sourceUrl, targetUrl, dependency }: Route,
  watched: (target: TargetQueue) => TargetQueue,
) {
  const { clients, deployment, now, signal, sleep } = session;
  const { sqs } = clients;
  const circuits = new DynamoDBCircuitStore({ client: clients.dynamodb, table: deployment.circuitsTable });
  return {
    source: deadLetterQueue({ sqs, queueUrl: sourceUrl }),
    target: watched(targetQueue(sqs, targetUrl)),
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
