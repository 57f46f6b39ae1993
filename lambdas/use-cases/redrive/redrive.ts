import type { CircuitSubject } from '../../domain/circuit/circuit-key.ts';
import { matches } from '../../domain/redrive/dead-letter-filter.ts';
import { type DeadLetterMessage, readDeadLetter } from '../../domain/redrive/dead-letter-message.ts';
import { Pace } from '../../domain/redrive/pace.ts';
import { QueueWalk } from './queue-walk.ts';
import { HIDDEN_MS, PATIENCE_MS, type QueueMessage } from './queues.ts';
import type { RedriveEnd, Redriven, RedrivePorts, RedriveRequest } from './redrive-request.ts';

/** Interval between lease renewals. */
export const RENEW_EVERY_MS = 10_000;
/** Longest wait between looks at an open circuit, because an operator may close it early. */
const RECHECK_MS = 10_000;
/** How long messages of a tenant with an open circuit stay hidden. */
const HELD_TENANT_MS = 30_000;
/** How long a message that the target refused stays hidden. */
const REFUSED_MS = 5_000;
/** After this time a received message may soon be visible to other receivers, so it is not sent. */
const MAX_HELD_MS = HIDDEN_MS - 60_000;
/** Messages a second that one worker moves, whatever the latency of the queue. */
const RATE_PER_WORKER = 40;
const MAX_WORKERS = 12;
/** A worker receives at most as many messages as it sends in this time. */
const PREFETCH_SECONDS = 20;

/**
 * Moves dead letters to their lane. Ramps up the rate, and pauses or ends while the circuit is open.
 *
 * Deletes a dead letter only once the lane has accepted it. After a crash in between, it is in both queues, and the
 * lane recognises the duplicate. Releases all messages that it still holds, however it ends.
 *
 * @throws Error from a queue, or if the target accepts no message of a batch
 */
export async function redrive(request: RedriveRequest, ports: RedrivePorts): Promise<Redriven> {
  const run = new Redrive(request, ports);
  try {
    const workers = Math.min(MAX_WORKERS, Math.ceil(request.rate / RATE_PER_WORKER));
    const ended = await Promise.allSettled(Array.from({ length: workers }, () => run.runWorker()));
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
    return run.result();
  } finally {
    await run.close();
  }
}

interface ReceivedDeadLetter {
  readonly message: QueueMessage;
  readonly deadLetter: DeadLetterMessage;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
}

class Redrive {
  readonly #request: RedriveRequest;
  readonly #ports: RedrivePorts;
  readonly #pace: Pace;
  readonly #walk: QueueWalk;
  /** Ids of planned messages that are not handled yet. */
  readonly #pending: Set<string>;
  /** Ids of messages that the target has accepted. The source may still hold them. */
  readonly #sent = new Set<string>();
  readonly #skipped = { left: new Set<string>(), newer: new Set<string>(), unreadable: new Set<string>() };
  #moved: number;
  #renewedAt: number;
  #end: RedriveEnd | undefined;
  #heldUntil: number | undefined;

  constructor(request: RedriveRequest, ports: RedrivePorts) {
    this.#request = request;
    this.#ports = ports;
    this.#moved = request.moved ?? 0;
    this.#renewedAt = ports.now();
    this.#pace = new Pace(request, ports.now());
    this.#walk = new QueueWalk({ patienceMs: PATIENCE_MS, ...ports, before: request.startedAt });
    this.#pending = new Set(request.planned?.messageIds);
  }

  result(): Redriven {
    const { left, newer, unreadable } = this.#skipped;
    const { others = 0 } = this.#request.planned ?? {};
    return {
      end: this.#end ?? 'done',
      moved: this.#moved,
      left: Math.max(others, left.size),
      newer: newer.size,
      unreadable: unreadable.size,
      missing: [...this.#pending].filter((id) => !this.#sent.has(id)),
      hidden: this.#hasHandledPlan() ? 0 : this.#walk.hidden,
      isWhole: this.#hasHandledPlan() || this.#walk.isWhole,
      heldUntil: this.#end === 'held' ? this.#heldUntil : undefined,
    };
  }

  /** Receives and sends messages until all are handled or the redrive ends. */
  async runWorker(): Promise<void> {
    const limit = Math.min(10, Math.ceil(this.#request.rate * PREFETCH_SECONDS));
    try {
      while (!this.#hasHandledPlan() && (await this.#isRunning())) {
        const messages = await this.#walk.next(limit);
        if (messages === undefined) return;
        await this.#sendAll(this.#sort(messages));
      }
    } catch (error) {
      // Stop the other workers.
      this.#end ??= 'interrupted';
      throw error;
    }
  }

  /** Makes all held messages visible again. */
  close(): Promise<void> {
    return this.#walk.close();
  }

  #hasHandledPlan(): boolean {
    return this.#request.planned?.isWhole === true && this.#pending.size === 0;
  }

  async #isRunning(): Promise<boolean> {
    const { signal, now, renew } = this.#ports;
    if (signal.aborted) this.#end ??= 'interrupted';
    if (this.#end === undefined && now() - this.#renewedAt >= RENEW_EVERY_MS) {
      this.#renewedAt = now();
      if (!(await renew(this.#moved))) this.#end ??= 'lost';
    }
    return this.#end === undefined;
  }

  /** Returns the messages to send. The others stay in the queue. */
  #sort(messages: readonly QueueMessage[]): readonly ReceivedDeadLetter[] {
    const { startedAt, filter, includeOther = false } = this.#request;
    const { left, newer, unreadable } = this.#skipped;
    const receivedAt = this.#ports.now();
    return messages.flatMap((message) => {
      const deadLetter = readDeadLetter(message.body);
      const isMeant = (includeOther && deadLetter.kind === 'other') || matches(deadLetter, message.sentAt, filter);
      if (message.sentAt >= startedAt) newer.add(message.id);
      else if (isMeant) return [{ message, deadLetter, receivedAt }];
      else (deadLetter.kind === 'other' ? unreadable : left).add(message.id);
      this.#walk.skip(message);
      return [];
    });
  }

  async #sendAll(found: readonly ReceivedDeadLetter[]): Promise<void> {
    const { now, sleep } = this.#ports;
    let rest = found;
    while (rest.length > 0 && (await this.#isRunning())) {
      const portion = rest.slice(0, this.#portionSize());
      const at = this.#pace.take(portion.length, now());
      if (at > now()) await sleep(at - now());
      if (!(await this.#isRunning())) return;
      rest = rest.slice(portion.length);
      const held = await this.#sendAdmitted(portion);
      if (held.length > 0) return this.#releaseAndWait([...held, ...rest]);
    }
  }

  /** Messages of a tenth of a second, 1 to 10, so that the rate is even and not a series of bursts. */
  #portionSize(): number {
    return Math.max(1, Math.min(10, Math.floor(this.#pace.rateAt(this.#ports.now()) / 10)));
  }

  /** Sends what the circuits admit. Returns the messages that must wait. */
  async #sendAdmitted(portion: readonly ReceivedDeadLetter[]): Promise<readonly ReceivedDeadLetter[]> {
    const ready: QueueMessage[] = [];
    let held: readonly ReceivedDeadLetter[] = [];
    for (const [n, each] of portion.entries()) {
      // Another receiver may have the message by now.
      if (this.#ports.now() - each.receivedAt > MAX_HELD_MS) {
        this.#walk.lose(each.message);
        continue;
      }
      const by = await this.#blockedBy(each);
      if (by === undefined) ready.push(each.message);
      if (by === 'dependency') {
        held = portion.slice(n);
        break;
      }
    }
    await this.#send(ready);
    return held;
  }

  async #blockedBy({ message, deadLetter }: ReceivedDeadLetter): Promise<'dependency' | 'tenant' | undefined> {
    const { gate, now, dependency: ours } = this.#ports;
    const facts = deadLetter.kind === 'other' ? undefined : deadLetter.facts;
    const dependency = facts?.dependency ?? ours;
    if (!gate || dependency === undefined) return undefined;
    const tenant = facts?.tenant;
    const subject = { dependency, tenant };
    const until = await gate.passesAt(subject);
    if (until <= now()) return undefined;
    if (tenant !== undefined && (await gate.passesAt({ dependency })) <= now()) {
      await this.#hideTenantMessage(message, Math.min(until, now() + HELD_TENANT_MS));
      return 'tenant';
    }
    await this.#reportHeld(until, subject);
    return 'dependency';
  }

  /** Hides a message of a tenant with an open circuit. Messages of other tenants continue. */
  async #hideTenantMessage(message: QueueMessage, until: number): Promise<void> {
    if (this.#request.whenHeld === 'end') return this.#walk.skip(message);
    await this.#walk.release([message], until - this.#ports.now());
  }

  async #reportHeld(until: number, subject: CircuitSubject): Promise<void> {
    const { now, onProgress } = this.#ports;
    if (this.#heldUntil !== until) onProgress({ kind: 'held', until, subject });
    this.#heldUntil = until;
    this.#pace.restart(now());
    if (this.#request.whenHeld === 'end') this.#end ??= 'held';
  }

  /** Releases the messages, then waits until the circuit may admit calls again. */
  async #releaseAndWait(found: readonly ReceivedDeadLetter[]): Promise<void> {
    const { now, sleep } = this.#ports;
    await this.#walk.release(found.map(({ message }) => message));
    if (this.#end === undefined && this.#heldUntil !== undefined && this.#heldUntil > now()) {
      await sleep(Math.min(RECHECK_MS, this.#heldUntil - now()));
      this.#pace.restart(now());
    }
  }

  async #send(messages: readonly QueueMessage[]): Promise<void> {
    const { target } = this.#ports;
    if (messages.length === 0) return;
    const fresh = messages.filter(({ id }) => !this.#sent.has(id));
    const taken = fresh.length === 0 ? new Set<string>() : await target.send(fresh);
    this.#countSent(taken);
    const refused = fresh.filter(({ id }) => !taken.has(id));
    if (refused.length === fresh.length && fresh.length > 0 && !target.isSelective)
      throw new Error('the target queue accepted no messages');
    if (target.isSelective) for (const message of refused) this.#leave(message);
    // Retry refused messages a little later.
    else if (refused.length > 0) await this.#walk.release(refused, REFUSED_MS);
    // Delete only what the target has accepted.
    const removed = await this.#walk.remove(messages.filter(({ id }) => this.#sent.has(id)));
    for (const id of removed) this.#pending.delete(id);
  }

  /** Counts before anything else can fail, so that the redrive reports what it has moved, however it ends. */
  #countSent(taken: ReadonlySet<string>): void {
    const { onProgress, now } = this.#ports;
    if (taken.size === 0) return;
    for (const id of taken) this.#sent.add(id);
    this.#moved += taken.size;
    onProgress({ kind: 'moved', moved: this.#moved, rate: this.#pace.rateAt(now()) });
  }

  #leave(message: QueueMessage): void {
    this.#walk.skip(message);
    this.#pending.delete(message.id);
  }
}
