import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { ConflictRecord } from '../../contract/conflict-record.ts';
import type { LedgerEntry, TrailStep } from '../../contract/ledger-entry.ts';
import { OUTCOME_FACTS } from '../../contract/outcomes.ts';
import { DAY_MS, iso } from '../../contract/time.ts';
import type {
  CallFailure,
  CallLease,
  Hold,
  NewQuestion,
  Reopening,
  Settlement,
} from '../../domain/ledger/ledger-changes.ts';
import { pendingShardOf } from '../../domain/ledger/pending-shard.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import { NO_CALL_IN_FLIGHT, OPEN_IN_CYCLE } from './conditional-writer.ts';
import { fromItem, toItem } from './ledger-item.ts';
import type { LedgerOptions } from './ledger-options.ts';
import { failedAttemptUpdate, holdSteps, payloadAttributes, reopenUpdate } from './ledger-updates.ts';
import { type Change, updateExpression } from './update-expression.ts';

/**
 * Ledger in DynamoDB, one item per failure. Each change is one conditional write. After a failed condition the ledger
 * reads the item consistently, because the write that came in between may be its own, with a lost answer.
 */
export class DynamoDBLedger implements Ledger {
  readonly #options: Required<LedgerOptions>;

  constructor(options: LedgerOptions) {
    this.#options = { retentionMs: 30 * DAY_MS, now: Date.now, ...options };
  }

  get now(): number {
    return this.#options.now();
  }

  async get(id: string): Promise<LedgerEntry | undefined> {
    const { client, table: TableName } = this.#options;
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true }));
    return Item && fromItem(Item);
  }

  /** Stores a new failure. Returns the entry that has the id now: this one, or the existing one. */
  async claim(entry: Omit<LedgerEntry, 'pendingShard' | 'dueAt' | 'expiresAt'>): Promise<LedgerEntry> {
    const { client, table: TableName } = this.#options;
    const claimed: LedgerEntry = { ...entry, ...this.#pending(entry) };
    try {
      await client.send(
        new PutItemCommand({ TableName, Item: toItem(claimed), ConditionExpression: 'attribute_not_exists(id)' }),
      );
      return claimed;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return this.#mustGet(entry.id);
    }
  }

  /** Announces a call before it is sent. Undefined if another call is in flight, or the failure has changed. */
  async beginAttempt(entry: LedgerEntry, { token, until, uncertain }: CallLease): Promise<LedgerEntry | undefined> {
    const begun = await this.#update(entry.id, {
      set: {
        attempts: entry.attempts + 1,
        inFlight: { token, until: iso(until) },
        uncertain,
        possibleEffect: entry.inFlight ? true : undefined,
      },
      append: entry.inFlight === undefined ? {} : { trail: [this.#step('attempt-interrupted')] },
      remove: ['held', 'paidFrom'],
      // Only the last token detects a stale reader: a failed probe returns its attempt, so the count may be the same.
      condition: [
        OPEN_IN_CYCLE,
        '#attempts = :before',
        entry.lastToken === undefined ? 'attribute_not_exists(#lastToken)' : '#lastToken = :last',
        'attribute_not_exists(#backupCalled)',
        'attribute_not_exists(#undo)',
        NO_CALL_IN_FLIGHT,
      ].join(' AND '),
      values: { open: 'open', inCycle: entry.cycle, before: entry.attempts, last: entry.lastToken, now: iso(this.now) },
    });
    if (begun) return begun;
    const current = await this.get(entry.id);
    return current?.inFlight?.token === token ? current : undefined;
  }

  /** Records how a call failed. */
  async recordFailedAttempt(entry: LedgerEntry, lesson: CallFailure): Promise<LedgerEntry | undefined> {
    const { set, ...others } = failedAttemptUpdate(entry, lesson);
    const asked = lesson.asked && this.#questionUpdate(entry, lesson.asked);
    return this.#endAttempt(entry, { ...others, set: { ...set, ...asked } });
  }

  /** Records how a conflict was resolved, before the outcome. */
  async recordResolution(entry: LedgerEntry, conflict: ConflictRecord): Promise<LedgerEntry> {
    const { rounds, end, winner, version, fields = [] } = conflict;
    const compared = this.#step('conflict-compared', { rounds, end, winner, version, fields: fields.join(' ') });
    return this.#updateOrRead(entry, {
      set: { conflict },
      append: { trail: [compared] },
      condition: `${OPEN_IN_CYCLE} AND #inFlight.#token = :mine AND (attribute_not_exists(#conflict.#winner))`,
      values: { open: 'open', inCycle: entry.cycle, mine: entry.inFlight?.token },
    });
  }

  /** Withdraws the announcement of a call that was not made. */
  async withdrawAttempt(entry: LedgerEntry): Promise<LedgerEntry | undefined> {
    return this.#endAttempt(entry, { set: { attempts: entry.attempts - 1 } });
  }

  /**
   * Records that no call is made before `until`, because of the shared circuit, the retry budget, or a running
   * execution. A hold costs no attempt. The trail gets the first of consecutive holds only, and each execution.
   */
  async hold(entry: LedgerEntry, hold: Hold): Promise<LedgerEntry> {
    const { until, because, paidFrom, awaited } = hold;
    return this.#updateOrRead(entry, {
      set: {
        held: because,
        notBefore: iso(until),
        paidFrom: paidFrom === undefined ? undefined : iso(paidFrom),
        awaited,
        ...this.#pending(entry, until),
      },
      append: holdSteps(entry, hold, this.now),
      condition: `${OPEN_IN_CYCLE} AND ${NO_CALL_IN_FLIGHT}`,
      values: { open: 'open', inCycle: entry.cycle, now: iso(this.now) },
    });
  }

  /** Moves the failure to the warm tier, under the name of its execution. */
  async escalateToWorkflow(
    entry: LedgerEntry,
    change: { execution: string; attemptLimit: number },
  ): Promise<LedgerEntry> {
    return this.#updateOrRead(entry, {
      set: { tier: 'warm', ...change, ...this.#pending(entry) },
      append: { trail: [this.#step('handed-over', { execution: change.execution, attempts: entry.attempts })] },
      condition: `${OPEN_IN_CYCLE} AND #tier = :hot`,
      values: { open: 'open', inCycle: entry.cycle, hot: 'hot' },
    });
  }

  /** Records that another execution takes over from one that ended without an outcome. */
  async rescue(entry: LedgerEntry, execution: string): Promise<LedgerEntry> {
    return this.#updateOrRead(entry, {
      set: { execution, rescues: entry.rescues + 1, ...this.#pending(entry) },
      append: { trail: [this.#step('rescued', { execution })] },
      condition: `${OPEN_IN_CYCLE} AND #rescues = :before`,
      values: { open: 'open', inCycle: entry.cycle, before: entry.rescues },
    });
  }

  /** Records the outcome of the cycle together with its event. Returns the entry with the outcome that stands. */
  async settle(entry: LedgerEntry, { outcome, reason, answer, outbox }: Settlement): Promise<LedgerEntry> {
    const { dropsOperation, mayFollowUndo } = OUTCOME_FACTS[outcome];
    return this.#updateOrRead(entry, {
      set: {
        state: 'settled',
        outcome,
        reason,
        answer: answer && JSON.stringify(answer),
        settledAt: iso(this.now),
        outbox,
        expiresAt: this.#expiresAt(),
        ...(outbox && this.#pending({ id: entry.id })),
      },
      append: { trail: [this.#step('settled', { outcome, reason, fallback: answer?.fallback })] },
      remove: [
        'notBefore',
        'held',
        ...(outbox ? [] : ['pendingShard', 'dueAt']),
        ...(dropsOperation ? payloadAttributes(entry) : []),
      ],
      condition: mayFollowUndo ? OPEN_IN_CYCLE : `${OPEN_IN_CYCLE} AND attribute_not_exists(#undo)`,
      values: { open: 'open', inCycle: entry.cycle },
    });
  }

  /** Reopens a dead-lettered failure for another cycle. */
  async reopen(entry: LedgerEntry, reopening: Reopening): Promise<LedgerEntry> {
    const redriven = this.#step('redriven', { cycle: entry.cycle + 1 });
    const { set, ...others } = reopenUpdate(entry, reopening, redriven);
    return this.#updateOrRead(entry, {
      ...others,
      set: { ...set, ...this.#pending({ id: entry.id }) },
      // The outbox must be empty, because its event must be published first. The trail must not have grown since the
      // read, because this write replaces it and would lose an operator's step.
      condition:
        '#cycle = :inCycle AND #outcome = :deadLettered AND attribute_not_exists(#outbox) AND size(#trail) = :steps',
      values: { inCycle: entry.cycle, deadLettered: 'dead-lettered', steps: entry.trail.length },
    });
  }

  /** Clears the outbox after its event was published. */
  async clearOutbox(id: string, eventId: string): Promise<void> {
    await this.#update(id, {
      remove: ['outbox', 'pendingShard', 'dueAt'],
      condition: '#outbox.#eventId = :published',
      values: { published: eventId },
    });
  }

  /** Postpones the time at which the reconciler checks an entry again. */
  async postpone(entry: LedgerEntry): Promise<void> {
    const expiresAt = Math.max(entry.expiresAt, this.#expiresAt());
    await this.#update(entry.id, {
      // Never shorten the expiry: audit records wait here for their events too, and are kept longer than failures.
      set: { ...this.#pending(entry), expiresAt },
      condition: '#dueAt = :due',
      values: { due: entry.dueAt },
    });
  }

  /** Ids of at most `limit` overdue entries of a shard, the longest overdue first. */
  async due(shard: string, limit: number): Promise<string[]> {
    const { client, table: TableName } = this.#options;
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: 'pending',
        KeyConditionExpression: 'pendingShard = :shard AND dueAt < :now',
        ExpressionAttributeValues: { ':shard': { S: shard }, ':now': { S: iso(this.now) } },
        Limit: limit,
      }),
    );
    return Items.flatMap((item) => (item.id?.S === undefined ? [] : [item.id.S]));
  }

  async #endAttempt(entry: LedgerEntry, change: Omit<Change, 'condition'>): Promise<LedgerEntry | undefined> {
    const token = entry.inFlight?.token;
    const ended = await this.#update(entry.id, {
      ...change,
      set: { ...change.set, lastToken: token },
      remove: ['inFlight', ...(change.remove ?? [])],
      condition: `${OPEN_IN_CYCLE} AND #inFlight.#token = :mine`,
      values: { open: 'open', inCycle: entry.cycle, mine: token },
    });
    if (ended) return ended;
    const current = await this.get(entry.id);
    return current?.lastToken === token ? current : undefined;
  }

  async #updateOrRead(entry: LedgerEntry, change: Change): Promise<LedgerEntry> {
    return (await this.#update(entry.id, change)) ?? this.#mustGet(entry.id);
  }

  /** Undefined if the condition does not hold. */
  async #update(id: string, change: Change): Promise<LedgerEntry | undefined> {
    const { client, table: TableName } = this.#options;
    try {
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: id } },
          ReturnValues: 'ALL_NEW',
          ...updateExpression(change),
        }),
      );
      return Attributes && fromItem(Attributes);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  async #mustGet(id: string): Promise<LedgerEntry> {
    const entry = await this.get(id);
    if (!entry) throw new Error('the entry is no longer in the ledger');
    return entry;
  }

  #pending(entry: Pick<LedgerEntry, 'id' | 'question'>, from = this.now) {
    return {
      pendingShard: pendingShardOf(entry),
      dueAt: iso(from + this.#options.reconcileAfterMs),
      expiresAt: this.#expiresAt(),
    };
  }

  /** Lists the question from now on. The reconciler checks the entry until the machine waits for the answer. */
  #questionUpdate({ id }: LedgerEntry, { question, attemptLimit, deadline }: NewQuestion) {
    return { question, attemptLimit, deadline: iso(deadline), ...this.#pending({ id, question }) };
  }

  #expiresAt(): number {
    return Math.ceil((this.now + this.#options.retentionMs) / 1000);
  }

  #step(step: TrailStep['step'], facts: Record<string, string | number | undefined> = {}): TrailStep {
    return { at: iso(this.now), step, ...facts };
  }
}
