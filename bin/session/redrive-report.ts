import { entriesOf } from '../../lambdas/adapters/ledger/listed-failures.ts';
import type { ActFacts } from '../../lambdas/domain/operator/act.ts';
import { readDeadLetter } from '../../lambdas/domain/redrive/dead-letter-message.ts';
import {
  followOutcomes,
  MOST_FOLLOWED,
  type MovedLetter,
  type RedriveOutcomes,
} from '../../lambdas/use-cases/redrive/outcomes.ts';
import type { QueueMessage, TargetQueue } from '../../lambdas/use-cases/redrive/queues.ts';
import type { Redriven } from '../../lambdas/use-cases/redrive/redrive-request.ts';
import { deadLetterCount, sessionLedger } from './dead-letters.ts';
import { DeclinedError, DiedAgainError, IncompleteError, InterruptedError } from './errors.ts';
import { outcomeFacts, outcomeHints, summaryOf } from './outcome-summary.ts';
import type { Route } from './route.ts';
import type { Session } from './session.ts';

type Ended = Redriven & {
  readonly run: string;
  /** Planned dead letters, and those that earlier parts of the run moved. */
  readonly total: number;
};

/** What a redrive has done, and how its dead letters ended. */
export class RedriveReport {
  readonly #session: Session;
  readonly #route: Route;
  readonly #waitMs: number;
  readonly #letters: MovedLetter[] = [];
  #moved = 0;
  #ended: Ended | undefined;
  #outcomes: RedriveOutcomes | undefined;

  /** @param waitMs how long to wait for outcomes */
  constructor(session: Session, route: Route, waitMs: number) {
    this.#session = session;
    this.#route = route;
    this.#waitMs = waitMs;
  }

  /** The target, whose messages are followed. @param planned how many it will get, so that a sample is spread evenly */
  watched(target: TargetQueue, planned: number): TargetQueue {
    const step = Math.max(1, Math.ceil(planned / MOST_FOLLOWED));
    return {
      ...target,
      send: async (messages) => {
        const taken = await target.send(messages);
        for (const message of messages) if (taken.has(message.id)) this.#take(message, step);
        return taken;
      },
    };
  }

  end(ended: Ended): void {
    this.#ended = ended;
  }

  /** @throws InterruptedError with the command that resumes; DeclinedError, IncompleteError */
  rejectUnlessComplete(): void {
    if (this.#ended) rejectUnlessComplete(this.#session, this.#route, this.#ended);
  }

  /** Waits for outcomes. Nobody's lease may be held meanwhile: others may redrive. Returns them for the audit log. */
  async follow(): Promise<ActFacts> {
    this.#outcomes = await this.#follow();
    return this.#outcomes === undefined ? {} : outcomeFacts(this.#outcomes);
  }

  /** Prints the result. Does nothing if the redrive has not ended. */
  tell(): void {
    if (!this.#ended) return;
    const { print } = this.#session;
    const { run, end, moved, newer, unreadable, total: matched, ...others } = this.#ended;
    const { hidden, gone } = notMoved(this.#ended);
    const left = others.left + hidden + gone;
    const summary = this.#outcomes && summaryOf(this.#outcomes);
    const outcomes = this.#outcomes && { ...this.#outcomes, summary };
    const facts = {
      queue: this.#route.name,
      run,
      end,
      moved,
      matched,
      left,
      hidden,
      gone,
      newer,
      unreadable,
      outcomes,
    };
    print.result(facts, () => {
      print.line(`Moved ${deadLetterCount(moved)} ${this.#route.words}.`);
      if (newer > 0)
        print.line(
          `${deadLetterCount(newer)} arrived during the redrive and ${newer === 1 ? 'was' : 'were'} not moved.`,
        );
      if (unreadable > 0) print.line(`Not moved, neither dead letter nor event: ${unreadable}.`);
      if (summary !== undefined) print.line(`${this.#session.signal.aborted ? 'Stopped waiting: ' : ''}${summary}.`);
      if (end === 'done') this.#tellNext();
    });
  }

  /** @throws DiedAgainError if a dead letter that was moved is one again */
  rejectIfDied(): void {
    const { died = 0, followed = 0 } = this.#outcomes ?? {};
    if (died > 0) throw new DiedAgainError(`Died again: ${died} of ${deadLetterCount(followed)}.`);
  }

  #tellNext(): void {
    const { dependency } = this.#route;
    if (dependency === undefined) return;
    const { command, print } = this.#session;
    for (const words of outcomeHints(this.#outcomes, dependency)) print.line(`next: ${command(words)}`);
  }

  #take({ body }: QueueMessage, step: number): void {
    const letter = readDeadLetter(body);
    const at = this.#moved++;
    if (letter.kind === 'other' || at % step !== 0) return;
    const { id, tenant, cycle, dependency = this.#route.dependency } = letter.facts;
    if (dependency !== undefined) this.#letters.push({ id, tenant, dependency, cycle });
  }

  /** Undefined if the target is not a lane, or the tool can't read the ledger. */
  async #follow(): Promise<RedriveOutcomes | undefined> {
    if (this.#route.dependency === undefined || this.#letters.length === 0) return undefined;
    const { now, sleep, signal, print } = this.#session;
    const progress = this.#session.progress(this.#letters.length);
    const ledger = sessionLedger(this.#session);
    const ports = {
      entries: (keys: Parameters<typeof entriesOf>[0]) => entriesOf(keys, ledger),
      now,
      sleep,
      signal,
      onLook: ({ healed, died }: RedriveOutcomes) => progress.show(healed + died, 'waiting for outcomes'),
    };
    try {
      return await followOutcomes(this.#letters, { moved: this.#moved, waitMs: this.#waitMs }, ports);
    } catch (error) {
      print.note(`Can't read how they ended: ${(error as Error).name}`);
      return undefined;
    } finally {
      progress.end();
    }
  }
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

/** Where the planned dead letters are now, in words. */
export function deadLettersAreWhere(moved: number, total: number): string {
  return `Moved ${moved} of ${deadLetterCount(Math.max(moved, total))}; the rest stay in their queue.`;
}

/** The command that continues the redrive. */
export function howToGoOn({ said, name }: Route, { command }: Session): string {
  // A parked redrive moves one dead letter: the same command repeats it.
  return `To continue: ${command(`dlq redrive${said}${name === 'parked' ? " --why '…'" : ' --resume'}`)}`;
}
