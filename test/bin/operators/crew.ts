import type { Clients } from '../../../bin/session/clients.ts';
import { type Ended, fakeClient, startOperator } from '../../support/operator.ts';
import { type Arrival, type Cycle, DEAD_LETTERS, GROUPS, LANE_QUEUE, REASONS, type Shift } from './shift.ts';

/** What an operator selects. Undefined fields select all. */
export interface Wish {
  readonly ids?: readonly string[];
  readonly correlationId?: string;
  readonly reason?: string;
}

/** One command of one operator, and its result. */
export interface Act {
  readonly by: string;
  readonly kind: 'ls' | 'redrive' | 'discard' | 'edit';
  readonly wish: Wish;
  readonly begunAt: number;
  /** When the operator saw the plan. */
  plannedAt?: number;
  endedAt?: number;
  /** Undefined if the process died. */
  ended?: Ended;
  /** What its requests put into the lane. */
  readonly sent: Cycle[];
  /** Dead letters in the queue when the command ended, hidden ones included. */
  remaining: readonly Cycle[];
}

interface Fate {
  readonly interruptAtMs?: number;
  readonly dieAtMs?: number;
}

const FIRST_MINUTES_MS = 120_000;
const MAX_TRIES = 4;

/** Whether a dead letter is what the operator means. */
export function isMeant({ ids, correlationId, reason }: Wish, arrival: Arrival): boolean {
  return (
    (ids === undefined || ids.includes(arrival.id)) &&
    (correlationId === undefined || correlationId === arrival.correlationId) &&
    (reason === undefined || reason === arrival.reason)
  );
}

export function cycleOf(body: string): Cycle {
  const { id, cycle } = JSON.parse(body);
  return { id, cycle };
}

/** Operators who use the tool at the same time, each with some commands. */
export class Crew {
  readonly acts: Act[] = [];
  readonly #shift: Shift;
  readonly #patch: string;

  /** @param patch file of a merge patch */
  constructor(shift: Shift, patch: string) {
    this.#shift = shift;
    this.#patch = patch;
  }

  /** Lets them work until everybody has gone. */
  async work(operators: number): Promise<void> {
    const { time } = this.#shift;
    let working = operators;
    for (let n = 0; n < operators; n++)
      void this.#operate(`operator-${n}`).then(() => {
        working--;
      });
    await time.advance(6 * 3_600_000, () => working === 0);
    if (working > 0) throw new Error(`${working} operators never end`);
  }

  async #operate(by: string): Promise<void> {
    const { time, between, random } = bound(this.#shift);
    await time.sleep(between(0, FIRST_MINUTES_MS));
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const fate = this.#fate();
      const act = this.#plan(by);
      await Promise.race([this.#act(act, fate), time.sleep(fate.dieAtMs ?? Number.MAX_SAFE_INTEGER)]);
      act.endedAt = time.now;
      // The dead process is gone; its operator starts no other.
      if (act.ended === undefined || random() < 0.3) return;
      await time.sleep(between(1_000, 60_000));
    }
  }

  #fate(): Fate {
    const { random, between } = bound(this.#shift);
    const chance = random();
    if (chance < 0.3) return { interruptAtMs: between(0, 60_000) };
    return chance < 0.4 ? { dieAtMs: between(0, 60_000) } : {};
  }

  #plan(by: string): Act {
    const { pick, between, time } = bound(this.#shift);
    const ids = Array.from({ length: between(1, 5) }, () => pick(this.#shift.arrivals).id);
    const wishes: readonly Wish[] = [
      { ids },
      { correlationId: `trace-${between(0, GROUPS - 1)}` },
      { correlationId: `trace-${between(0, GROUPS - 1)}`, reason: pick(REASONS) },
    ];
    const kind = pick(['ls', 'redrive', 'redrive', 'redrive', 'discard', 'edit'] as const);
    const isAll = kind === 'ls' || (kind === 'redrive' && between(0, 3) === 0);
    const wish = isAll ? {} : kind === 'edit' ? { ids: ids.slice(0, 1) } : pick(wishes);
    const act: Act = { by, kind, wish, begunAt: time.now, sent: [], remaining: [] };
    this.acts.push(act);
    return act;
  }

  async #act(act: Act, { interruptAtMs, dieAtMs }: Fate): Promise<void> {
    const { time, between, random } = bound(this.#shift);
    const dies = act.begunAt + (dieAtMs ?? Number.POSITIVE_INFINITY);
    const interruption = new AbortController();
    if (interruptAtMs !== undefined) void time.sleep(interruptAtMs).then(() => interruption.abort());
    const isDead = () => time.now >= dies;
    const { backstop } = startOperator({
      tables: { ...this.#shift.tables, client: this.#shift.slowTables(isDead) },
      clients: this.#clients(act, isDead),
      now: this.#shift.now,
      principal: `arn:aws:iam::123456789012:user/${act.by}`,
      random,
      signal: interruption.signal,
      sleep: (ms) => Promise.race([time.sleep(ms), aborted(interruption.signal)]),
      think: async () => {
        act.plannedAt = time.now;
        await time.sleep(between(1_000, 90_000));
      },
    });
    act.ended = await backstop('dlq', ...this.#argsOf(act), '--json');
    act.remaining = this.#shift.sqs.allBodies(DEAD_LETTERS).map(cycleOf);
  }

  #clients(act: Act, isDead: () => boolean): Partial<Clients> {
    const { sqs } = this.#shift;
    const latency = () => this.#shift.latency(isDead);
    // What a process sends before it dies reaches the lane, although nobody hears of it.
    const client = sqs.clientWith(latency, (_, { QueueUrl, Entries = [] }: Sending) => {
      if (QueueUrl === LANE_QUEUE) act.sent.push(...Entries.map(({ MessageBody }) => cycleOf(MessageBody)));
    });
    return {
      sqs: client,
      lambda: fakeClient<never>(() => ({ State: 'Enabled' })),
    };
  }

  #argsOf({ kind, wish: { ids = [], correlationId, reason }, by }: Act): readonly string[] {
    const filter = [
      ...(correlationId === undefined ? [] : ['--correlation-id', correlationId]),
      ...(reason === undefined ? [] : ['--reason', reason]),
    ];
    const named = ids.flatMap((id) => ['--id', id]);
    const why = ['--why', 'test', '--by', by];
    const rate = ['--rate', String(this.#shift.pick([2, 20, 100, 500]))];
    switch (kind) {
      case 'ls':
        return ['ls', 'payments', '--limit', '1000'];
      case 'redrive':
        return ['redrive', 'payments', ...named, ...filter, ...rate, ...why];
      case 'discard':
        return ['discard', ...ids, ...filter, ...(ids.length > 0 ? [] : ['--dependency', 'payments']), ...why];
      case 'edit':
        return ['edit', ids[0] ?? '', '--merge', this.#patch, ...why];
      default:
        return kind satisfies never;
    }
  }
}

interface Sending {
  readonly QueueUrl?: string;
  readonly Entries?: readonly { readonly MessageBody: string }[];
}

function bound(shift: Shift) {
  return {
    time: shift.time,
    random: shift.random,
    between: (least: number, most: number) => shift.between(least, most),
    pick: <T>(all: readonly T[]) => shift.pick(all),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
