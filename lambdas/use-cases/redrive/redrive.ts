import type { CircuitSubject } from '../../domain/circuit/circuit-key.ts';
import { type DeadLetterFilter, matches } from '../../domain/redrive/dead-letter-filter.ts';
import { type DeadLetterMessage, readDeadLetter } from '../../domain/redrive/dead-letter-message.ts';
import { Pace } from '../../domain/redrive/pace.ts';
import type { Gate } from './circuit-gate.ts';
import { HIDDEN_MS, type LetterQueue, type QueueMessage, type TargetQueue } from './queues.ts';

/** How a redrive ended. `lost`: another one has taken over, since this one had not been heard of. */
export type RedriveEnd = 'done' | 'interrupted' | 'held' | 'lost';

export interface Redriven {
  readonly end: RedriveEnd;
  /** Messages that have reached their target, those of earlier parts of the run included. */
  readonly moved: number;
  /** Messages that do not match, and were left. */
  readonly left: number;
  /** Messages that came after the run had begun, and were left. */
  readonly newer: number;
  /** Messages that are neither letter nor event, and were left. */
  readonly unreadable: number;
  /** When the circuit may be asked again, in epoch milliseconds, where it has held the redrive. */
  readonly heldUntil?: number;
}

export type Progress =
  | { readonly kind: 'moved'; readonly moved: number; readonly rate: number }
  /** No call may be made before a time, in epoch milliseconds. */
  | { readonly kind: 'held'; readonly until: number; readonly subject: CircuitSubject };

export interface RedriveRequest {
  readonly filter: DeadLetterFilter;
  /** Epoch milliseconds: what came into the queue then or later is not touched. */
  readonly startedAt: number;
  /** Messages a second, 0.1 to 500. */
  readonly rate: number;
  /** Milliseconds until the rate doubles. @default 3000 */
  readonly doublesEveryMs?: number;
  /** What earlier parts of the run have moved. @default 0 */
  readonly moved?: number;
  /** Whether to wait, or to end, where the circuit lets no call pass. */
  readonly whenHeld: 'wait' | 'end';
  /** Whether all messages are meant, also those that are neither letter nor event. @default false */
  readonly anything?: boolean;
}

export interface RedriveTools {
  readonly source: LetterQueue;
  readonly target: TargetQueue;
  /** Absent where no dependency stands behind the target. */
  readonly gate?: Gate;
  /** The dependency of the lane, for letters that name none. */
  readonly dependency?: string;
  /** Says how far it is; false where the run is somebody else's by now. */
  readonly renew: (moved: number) => Promise<boolean>;
  readonly now: () => number;
  /** Comes back early once the signal is given. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Interrupts it between two messages. */
  readonly signal: AbortSignal;
  readonly tell: (progress: Progress) => void;
}

/** Receives in a row that brought nothing new, after which the queue counts as empty. */
const BARREN_LIMIT = 2;
/** How often it is told how far it is. */
const RENEW_EVERY_MS = 10_000;
/** An operator may decide about the circuit before its time, so that it is looked at so often. */
const LOOK_AGAIN_MS = 10_000;
/** How long the messages of a tenant stay hidden whose circuit is open. */
const HELD_TENANT_MS = 30_000;
/** How long a message stays hidden that the target has refused. */
const REFUSED_MS = 5_000;
/** What is in hand for longer may be in somebody else's soon. */
const SAFE_MS = HIDDEN_MS - 60_000;
/** Messages a second that one hand gets done, wherever the queue is. */
const RATE_OF_A_HAND = 40;
const MAX_HANDS = 12;
/** What a hand takes at once lasts for so long, at most. */
const IN_HAND_SECONDS = 20;

/**
 * Moves letters from a dead-letter queue to their lane, slowly at first, and only while the circuit lets calls pass. A letter is deleted
 * once the lane has it: cut off between the two it is in both, and the lane knows a letter that it has had. Whatever ends it, what is
 * still in hand is put back.
 */
export async function redrive(request: RedriveRequest, tools: RedriveTools): Promise<Redriven> {
  const work = new Redrive(request, tools);
  try {
    const hands = Math.min(MAX_HANDS, Math.ceil(request.rate / RATE_OF_A_HAND));
    const ended = await Promise.allSettled(Array.from({ length: hands }, () => work.hand()));
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
    return work.result();
  } finally {
    await work.putBack();
  }
}

interface Found {
  readonly message: QueueMessage;
  readonly letter: DeadLetterMessage;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
}

class Redrive {
  readonly #request: RedriveRequest;
  readonly #tools: RedriveTools;
  readonly #pace: Pace;
  /** In hand or left: seen again at once when it ends. By the id of the message. */
  readonly #kept = new Map<string, QueueMessage>();
  /** What the target has, but the source still may. */
  readonly #sent = new Set<string>();
  readonly #left = { left: new Set<string>(), newer: new Set<string>(), unreadable: new Set<string>() };
  #moved: number;
  #renewedAt: number;
  #end: RedriveEnd | undefined;
  #heldUntil: number | undefined;
  #tenantsUntil = 0;

  constructor(request: RedriveRequest, tools: RedriveTools) {
    this.#request = request;
    this.#tools = tools;
    this.#moved = request.moved ?? 0;
    this.#renewedAt = tools.now();
    this.#pace = new Pace(request, tools.now());
  }

  result(): Redriven {
    const { left, newer, unreadable } = this.#left;
    return {
      end: this.#end ?? 'done',
      moved: this.#moved,
      left: left.size,
      newer: newer.size,
      unreadable: unreadable.size,
      ...(this.#end === 'held' && this.#heldUntil !== undefined && { heldUntil: this.#heldUntil }),
    };
  }

  /** Takes messages and sends them on until there are no more, or it is to end. */
  async hand(): Promise<void> {
    const { source, now, sleep } = this.#tools;
    const most = Math.min(10, Math.ceil(this.#request.rate * IN_HAND_SECONDS));
    let barren = 0;
    try {
      while (barren < BARREN_LIMIT && (await this.#goesOn())) {
        const messages = await source.receive(most);
        const found = this.#sort(messages);
        if (found.length > 0) barren = 0;
        else if (now() >= this.#tenantsUntil) barren++;
        else await sleep(Math.min(LOOK_AGAIN_MS, this.#tenantsUntil - now()));
        await this.#sendAll(found);
      }
    } catch (error) {
      // The other hands have nothing to go on for.
      this.#end ??= 'interrupted';
      throw error;
    }
  }

  /** Lets all be seen again. Where that fails they are, by themselves, some minutes later. */
  async putBack(): Promise<void> {
    const messages = [...this.#kept.values()];
    this.#kept.clear();
    await this.#tools.source.release(messages).catch(() => undefined);
  }

  async #goesOn(): Promise<boolean> {
    const { signal, now, renew } = this.#tools;
    if (signal.aborted) this.#end ??= 'interrupted';
    if (this.#end === undefined && now() - this.#renewedAt >= RENEW_EVERY_MS) {
      this.#renewedAt = now();
      if (!(await renew(this.#moved))) this.#end ??= 'lost';
    }
    return this.#end === undefined;
  }

  /** Those that are to be sent. The others stay hidden until it ends, so that they come not again and again. */
  #sort(messages: readonly QueueMessage[]): readonly Found[] {
    const { startedAt, filter, anything = false } = this.#request;
    const { left, newer, unreadable } = this.#left;
    const receivedAt = this.#tools.now();
    return messages.flatMap((message) => {
      const letter = readDeadLetter(message.body);
      this.#kept.set(message.id, message);
      const isMeant = (anything && letter.kind === 'other') || matches(letter, message.sentAt, filter);
      if (message.sentAt >= startedAt) newer.add(message.id);
      else if (isMeant) return [{ message, letter, receivedAt }];
      else (letter.kind === 'other' ? unreadable : left).add(message.id);
      return [];
    });
  }

  async #sendAll(found: readonly Found[]): Promise<void> {
    const { now, sleep } = this.#tools;
    let rest = found;
    while (rest.length > 0 && (await this.#goesOn())) {
      const portion = rest.slice(0, this.#portionSize());
      const at = this.#pace.take(portion.length, now());
      if (at > now()) await sleep(at - now());
      if (!(await this.#goesOn())) return;
      rest = rest.slice(portion.length);
      const held = await this.#sendWhatMay(portion);
      if (held.length > 0) return this.#letGo([...held, ...rest]);
    }
  }

  /** As many as a tenth of a second brings, so that a rate is not a burst every now and then. */
  #portionSize(): number {
    return Math.max(1, Math.min(10, Math.floor(this.#pace.rateAt(this.#tools.now()) / 10)));
  }

  /** Those that must wait, since no call may be made for a while. */
  async #sendWhatMay(portion: readonly Found[]): Promise<readonly Found[]> {
    const ready: QueueMessage[] = [];
    let held: readonly Found[] = [];
    for (const [n, each] of portion.entries()) {
      // Others may have received it since.
      if (this.#tools.now() - each.receivedAt > SAFE_MS) continue;
      const by = await this.#heldBy(each);
      if (by === undefined) ready.push(each.message);
      if (by === 'dependency') {
        held = portion.slice(n);
        break;
      }
    }
    await this.#send(ready);
    return held;
  }

  async #heldBy({ message, letter }: Found): Promise<'dependency' | 'tenant' | undefined> {
    const { gate, now, dependency: ours } = this.#tools;
    const facts = letter.kind === 'other' ? undefined : letter.facts;
    const dependency = facts?.dependency ?? ours;
    if (!gate || dependency === undefined) return undefined;
    const tenant = facts?.tenant;
    const subject = { dependency, ...(tenant !== undefined && { tenant }) };
    const until = await gate.passesAt(subject);
    if (until <= now()) return undefined;
    if (tenant !== undefined && (await gate.passesAt({ dependency })) <= now()) {
      await this.#holdTenant(message, Math.min(until, now() + HELD_TENANT_MS));
      return 'tenant';
    }
    await this.#hold(until, subject);
    return 'dependency';
  }

  /** Others are well: only what is about this tenant waits, hidden for a while. */
  async #holdTenant(message: QueueMessage, until: number): Promise<void> {
    if (this.#request.whenHeld === 'end') return;
    const { source, now } = this.#tools;
    this.#tenantsUntil = Math.max(this.#tenantsUntil, until);
    await source.release([message], until - now());
  }

  async #hold(until: number, subject: CircuitSubject): Promise<void> {
    const { now, tell } = this.#tools;
    if (this.#heldUntil !== until) tell({ kind: 'held', until, subject });
    this.#heldUntil = until;
    this.#pace.restart(now());
    if (this.#request.whenHeld === 'end') this.#end ??= 'held';
  }

  /** Puts back what is in hand, and waits until the circuit may be asked again. */
  async #letGo(found: readonly Found[]): Promise<void> {
    const { source, now, sleep } = this.#tools;
    const messages = found.map(({ message }) => message);
    for (const { id } of messages) this.#kept.delete(id);
    await source.release(messages);
    if (this.#end === undefined && this.#heldUntil !== undefined && this.#heldUntil > now()) {
      await sleep(Math.min(LOOK_AGAIN_MS, this.#heldUntil - now()));
      this.#pace.restart(now());
    }
  }

  async #send(messages: readonly QueueMessage[]): Promise<void> {
    const { source, target, tell, now } = this.#tools;
    if (messages.length === 0) return;
    const fresh = messages.filter(({ id }) => !this.#sent.has(id));
    const taken = fresh.length === 0 ? new Set<string>() : await target.send(fresh);
    for (const id of taken) this.#sent.add(id);
    this.#moved += taken.size;
    const isNoneTaken = fresh.length > 0 && taken.size === 0 && !target.isChoosy;
    if (isNoneTaken) throw new Error('the queue that they go to has taken none');
    // What it has refused is tried again a little later.
    const refused = target.isChoosy ? [] : fresh.filter(({ id }) => !taken.has(id));
    if (refused.length > 0) await source.release(refused, REFUSED_MS);
    // Only what the target has said to have.
    const removed = await source.remove(messages.filter(({ id }) => this.#sent.has(id)));
    for (const { id } of messages) if (removed.has(id)) this.#kept.delete(id);
    if (taken.size > 0) tell({ kind: 'moved', moved: this.#moved, rate: this.#pace.rateAt(now()) });
  }
}
