import type { Choice, Question } from '../../lambdas/contract/conflict-record.ts';
import { errorName } from '../../lambdas/contract/errors.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { Outcome } from '../../lambdas/contract/outcomes.ts';
import { DecisionError } from '../../lambdas/use-cases/conflict/answer-question.ts';
import type { ConflictScene } from './conflict-scene.ts';

/** A human's answer to a question. Undefined: no answer before the timeout. */
export type Human = (question: Question) => { readonly choice: Choice; readonly body?: string } | undefined;

/** A machine with more turns is in an endless loop. */
const MOST_TURNS = 80;
/** Exceeds the maximum duration of a call. */
const A_WHILE_MS = 30_000;

/**
 * Brings a failure to its end as queue, machine, human and reconciler do. Each step runs in its own process and is
 * repeated after a fault.
 * @returns the settled entry
 */
export async function tell(scene: ConflictScene, message: object, human: Human = nobody): Promise<LedgerEntry> {
  for (let delivery = 1; ; delivery++) {
    if (delivery > 10) throw new Error('the message would be a dead letter');
    if ((await untilDone(() => scene.deliver(message))) === true) break;
    scene.now += A_WHILE_MS;
  }
  if ((await scene.entry()).state === 'open') await runMachine(scene, human);
  return scene.entry();
}

const nobody: Human = () => undefined;

type Task = 'attempt' | 'resolve' | 'wait';

async function runMachine(scene: ConflictScene, human: Human): Promise<void> {
  if (scene.started === 0) throw new Error('nobody has started the machine');
  let task: Task = 'attempt';
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const next: Task | { outcome: Outcome } = await takeTurn(scene, task, human);
    if (typeof next === 'object') return settle(scene, next.outcome);
    task = next;
  }
  throw new Error('the machine goes round in circles');
}

async function takeTurn(scene: ConflictScene, task: Task, human: Human): Promise<Task | { outcome: Outcome }> {
  try {
    if (task === 'wait') {
      const isDecided = await beWoken(scene, await scene.wait(), human);
      return isDecided ? 'resolve' : { outcome: 'dead-lettered' };
    }
    return await (task === 'attempt' ? scene.attempt() : scene.resolve());
  } catch (error) {
    return afterError(scene, task, errorName(error));
  }
}

async function afterError(scene: ConflictScene, task: Task, name: string): Promise<Task | { outcome: Outcome }> {
  switch (name) {
    case 'ConflictError':
    case 'DecidedError':
      return 'resolve';
    case 'DecisionDueError':
      return 'wait';
    case 'GaveUpError':
      return { outcome: 'dead-lettered' };
    case 'NotYetError':
    case 'CircuitOpenError':
      scene.now = Math.max(scene.now, Date.parse((await scene.standing()).waitUntil));
      return task;
    default:
      scene.now += A_WHILE_MS;
      return task;
  }
}

/** Lets the human, or else the reconciler, wake the machine. @returns false if the wait times out */
async function beWoken(scene: ConflictScene, token: string, human: Human): Promise<boolean> {
  const { question } = await scene.entry();
  if (!question) throw new Error('nothing is asked');
  const said = human(question);
  if (!said) {
    scene.now = Date.parse(question.until);
    return false;
  }
  await untilDone(() => scene.decide({ question: question.id, ...said }));
  for (let run = 0; run < 5 && !scene.woken.includes(token); run++) {
    scene.now += 2 * A_WHILE_MS;
    await untilDone(() => scene.reconcile());
  }
  return scene.woken.includes(token);
}

function settle(scene: ConflictScene, outcome: Outcome): Promise<void> {
  return untilDone(async () => void (await scene.settle(outcome)));
}

/** Repeats work that fails. A DecisionError counts as success, because the decision is recorded. */
async function untilDone<T>(work: () => Promise<T>): Promise<T | undefined> {
  for (let turn = 1; ; turn++) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DecisionError) return undefined;
      if (turn >= 5) throw error;
    }
  }
}
