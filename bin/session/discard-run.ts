import { deadLetterQueue } from '../../lambdas/adapters/redrive/dead-letter-queue.ts';
import { type FailureKey, type FailureName, failureKey } from '../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { DeadLetterFilter } from '../../lambdas/domain/redrive/dead-letter-filter.ts';
import { discardTarget } from '../../lambdas/use-cases/redrive/discard.ts';
import type { TargetQueue } from '../../lambdas/use-cases/redrive/queues.ts';
import { redrive } from '../../lambdas/use-cases/redrive/redrive.ts';
import type { Survey } from '../../lambdas/use-cases/redrive/survey.ts';
import { deadLetterCount, planFor, rowOf, sessionLedger, waitNote } from './dead-letters.ts';
import { IncompleteError, InterruptedError } from './errors.ts';
import type { Progress } from './progress.ts';
import type { BegunAct, Session } from './session.ts';

/** What to discard. */
export interface DiscardPlan {
  readonly filter: DeadLetterFilter;
  /** Epoch milliseconds. Later dead letters stay. */
  readonly startedAt: number;
  /** Queues with matching dead letters, or with hidden ones. */
  readonly queues: readonly { readonly url: string; readonly seen: Survey }[];
  /** Failures without a dead letter, which only the ledger has. */
  readonly lone: readonly LedgerEntry[];
  /** Failures whose dead letter may be among the hidden ones. */
  readonly unseen: readonly LedgerEntry[];
}

/** Dead letters per second, as fast as the ledger accepts writes. */
const RATE = 40;
const MOST_NAMED = 5;

/**
 * Discards by the plan, and tells what it has done, however it ends.
 *
 * @throws IncompleteError if it did less than its plan
 */
export async function executeDiscard(session: Session, plan: DiscardPlan, begun: BegunAct): Promise<void> {
  const run = new DiscardRun(session, plan, begun);
  try {
    await run.discardAll();
  } finally {
    run.tellEnd();
  }
  run.rejectUnlessComplete();
}

class DiscardRun {
  readonly #session: Session;
  readonly #plan: DiscardPlan;
  readonly #begun: BegunAct;
  /** Ids of failures by key, because several dependencies and tenants may use an id. */
  readonly #discarded = new Map<FailureKey, string>();
  readonly #busy = new Map<FailureKey, string>();
  /** Ids of messages that are deleted or about to be. */
  readonly #done = new Set<string>();
  readonly #progress: Progress;
  #hidden = 0;

  constructor(session: Session, plan: DiscardPlan, begun: BegunAct) {
    this.#session = session;
    this.#plan = plan;
    this.#begun = begun;
    this.#progress = session.progress(plan.queues.reduce((sum, { seen }) => sum + seen.found.length, 0));
  }

  async discardAll(): Promise<void> {
    const { lone, queues } = this.#plan;
    try {
      for (const entry of lone) note(entry, (await this.#discard(entry)) ? this.#discarded : this.#busy);
      for (const { url, seen } of queues) await this.#discardIn(url, seen);
    } finally {
      this.#progress.end();
    }
  }

  tellEnd(): void {
    const { print } = this.#session;
    const discarded = [...this.#discarded.values()];
    const deleted = this.#done.size;
    const { act, by, why } = this.#begun;
    this.#begun.note({ discarded: discarded.length, deleted });
    print.result({ discarded, deleted, left: [...this.#left().values()], hidden: this.#hidden, by, why, act }, () => {
      const [only] = discarded;
      print.line(
        `Discarded ${discarded.length === 1 ? only : `${discarded.length} failures`}, by ${by}. Deleted ${deadLetterCount(deleted)}.`,
      );
      if (this.#busy.size > 0)
        print.line(`Not discarded, still in progress or not yet published: ${inShort([...this.#busy.values()])}.`);
    });
  }

  /** @throws InterruptedError, IncompleteError */
  rejectUnlessComplete(): void {
    if (this.#session.signal.aborted)
      throw new InterruptedError(`Interrupted. The remaining dead letters are unchanged. ${this.#howToGoOn()}`);
    const left = [...this.#left()].flatMap(([key, id]) => (this.#busy.has(key) ? [] : [id]));
    if (left.length + this.#busy.size + this.#hidden === 0) return;
    const reasons = [
      ...(this.#busy.size > 0 ? ['Wait until those in progress have ended.'] : []),
      ...(this.#hidden > 0 ? [`Another reader still hides ${deadLetterCount(this.#hidden)}: wait some minutes.`] : []),
      ...(left.length > 0 && this.#hidden === 0
        ? [`No longer in the queue, because somebody else moved or discarded it: ${inShort(left)}.`]
        : []),
      ...(left.length > 0 && this.#hidden > 0 ? [`Not discarded: ${inShort(left)}.`] : []),
      ...(this.#busy.size + this.#hidden > 0 ? [this.#howToGoOn()] : []),
    ];
    throw new IncompleteError(`Incomplete: not everything planned is discarded.\n${reasons.join('\n')}`);
  }

  #howToGoOn(): string {
    return `To continue: ${this.#session.command('dlq discard --resume')}`;
  }

  async #discardIn(url: string, seen: Survey): Promise<void> {
    const { now, signal, sleep, clients } = this.#session;
    const { filter, startedAt } = this.#plan;
    const { hidden } = await redrive(
      { filter, startedAt, rate: RATE, doublesEveryMs: 1, whenHeld: 'wait', planned: planFor(seen) },
      {
        source: deadLetterQueue({ sqs: clients.sqs, queueUrl: url }),
        target: this.#target(this.#laneOf(url)),
        renew: async () => true,
        onProgress: () => undefined,
        onWait: waitNote(this.#session),
        random: this.#session.random,
        now,
        signal,
        sleep,
      },
    );
    this.#hidden += hidden;
  }

  async #discard({ id, dependency, tenant, cycle }: LedgerEntry): Promise<boolean> {
    const failure = { id, dependency, tenant };
    const { discarded } = await this.#session.desk('discard', { act: this.#begun.act, failure, cycle });
    return discarded;
  }

  /** The lane whose dead-letter queue it is; undefined for the parked queue. */
  #laneOf(url: string): string | undefined {
    return this.#session.deployment.lanes.find(({ deadLetterQueueUrl }) => deadLetterQueueUrl === url)?.name;
  }

  #target(dependency: string | undefined): TargetQueue {
    const target = discardTarget({
      get: (key) => sessionLedger(this.#session).get(key),
      discard: (entry) => this.#discard(entry),
      dependency,
      onDiscarded: (entry) => note(entry, this.#discarded),
      onSkipped: (entry) => note(entry, this.#busy),
    });
    return {
      ...target,
      send: async (messages) => {
        const taken = await target.send(messages);
        for (const id of taken) this.#done.add(id);
        this.#progress.show(this.#done.size, 'discarded');
        return taken;
      },
    };
  }

  /** Failures that were planned, and are neither discarded nor found to be over. */
  #left(): ReadonlyMap<FailureKey, string> {
    const { queues, lone, unseen } = this.#plan;
    const left = new Map<FailureKey, string>();
    for (const { url, seen } of queues) {
      const rows = seen.found.filter(({ messageId }) => !this.#done.has(messageId)).map(rowOf);
      for (const { id, tenant, dependency = this.#laneOf(url) ?? '' } of rows) note({ dependency, tenant, id }, left);
    }
    for (const entry of [...lone, ...unseen]) note(entry, left);
    for (const key of this.#discarded.keys()) left.delete(key);
    return left;
  }
}

function note(failure: FailureName, list: Map<FailureKey, string>): void {
  list.set(failureKey(failure), failure.id);
}

/** The first of many ids, and how many more there are. */
export function inShort(ids: readonly string[]): string {
  return `${ids.slice(0, MOST_NAMED).join(', ')}${ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : ''}`;
}
