import { randomUUID } from 'node:crypto';
import { DynamoDBCircuitStore } from '../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { deadLetterQueue, targetQueue } from '../../lambdas/adapters/redrive/dead-letter-queue.ts';
import { redriveRuns } from '../../lambdas/adapters/redrive/redrive-runs.ts';
import { circuitGate } from '../../lambdas/use-cases/redrive/circuit-gate.ts';
import { type Redriven, redrive, type Progress as Told } from '../../lambdas/use-cases/redrive/redrive.ts';
import type { RedriveRun } from '../../lambdas/use-cases/redrive/runs.ts';
import { deadLetterCount } from './dead-letters.ts';
import { DeclinedError, InterruptedError } from './errors.ts';
import { shortTime } from './printer.ts';
import { type Progress, progressOn } from './progress.ts';
import type { Route } from './route.ts';
import type { Session } from './session.ts';

/** The redrive reports no shorter waits, because a probing circuit causes one after each dead letter. */
const WORTH_TELLING_MS = 3_000;

type NewRun = Omit<RedriveRun, 'run' | 'moved' | 'state' | 'until'> & { readonly moved?: number };

export function newRun(run: NewRun): RedriveRun {
  return { moved: 0, ...run, run: randomUUID(), state: 'running', until: 0 };
}

/**
 * Runs the redrive and reports its progress.
 *
 * @param total number of dead letters to move, as far as known
 * @throws InterruptedError with the command that resumes
 */
export async function executeRedrive(session: Session, route: Route, wanted: RedriveRun, total: number): Promise<void> {
  const { clients, deployment, now } = session;
  const runs = redriveRuns({ client: clients.dynamodb, table: deployment.ledgerTable, now });
  const run = await runs.begin(wanted);
  const progress = progressOn(process.stderr, total, session.print.isJson);
  let { moved } = run;
  let redriven: Redriven;
  try {
    const onProgress = (told: Told) => {
      if (told.kind === 'moved') moved = told.moved;
      show(told, moved, progress, session);
    };
    redriven = await redrive(
      { ...run, whenHeld: 'wait', includeOther: route.anything },
      { ...portsOf(session, route), renew: (count) => runs.renew(run, count), onProgress },
    );
  } catch (error) {
    await runs.end(run, 'failed', moved).catch(() => undefined);
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}. ${deadLettersAreWhere(moved, total)} ${howToGoOn(route, session)}`, { cause: error });
  } finally {
    progress.end();
  }
  if (redriven.end !== 'lost') await runs.end(run, redriven.end, redriven.moved);
  tellEnd(session, route, run, { ...redriven, total });
}

function portsOf({ clients, deployment, now, signal, sleep }: Session, { sourceUrl, targetUrl, dependency }: Route) {
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

function tellEnd(
  session: Session,
  route: Route,
  run: RedriveRun,
  redriven: Redriven & { readonly total: number },
): void {
  const { print, sameGlobals } = session;
  const { end, moved, left, newer, unreadable, total } = redriven;
  print.result({ queue: route.name, run: run.run, end, moved, matched: total, left, newer, unreadable }, () => {
    print.line(`Moved ${deadLetterCount(moved)} ${route.words}.`);
    if (newer > 0)
      print.line(`${deadLetterCount(newer)} arrived during the redrive and ${newer === 1 ? 'was' : 'were'} not moved.`);
    if (unreadable > 0) print.line(`Not moved, neither dead letter nor event: ${unreadable}.`);
    if (end === 'done' && route.dependency !== undefined) {
      print.line(`next: backstop status${sameGlobals}`);
      print.line(`next: backstop dlq ls ${route.dependency}${sameGlobals}`);
    }
  });
  if (end === 'interrupted') {
    throw new InterruptedError(`Interrupted. ${deadLettersAreWhere(moved, total)} ${howToGoOn(route, session)}`);
  }
  if (end === 'lost')
    throw new DeclinedError(
      `Stopped: another redrive of ${route.name} took over, because this one did not report in time.`,
    );
}

function deadLettersAreWhere(moved: number, total: number): string {
  return `Moved ${moved} of ${deadLetterCount(Math.max(moved, total))}; the rest stay in their queue.`;
}

function howToGoOn({ said, name }: Route, { sameGlobals }: Session): string {
  // A parked redrive moves one dead letter: the same command repeats it.
  return `To continue: backstop dlq redrive${said}${name === 'parked' ? " --why '…'" : ' --resume'}${sameGlobals}`;
}
