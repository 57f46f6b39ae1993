import * as v from 'valibot';
import { errorFacts } from '../../contract/error-facts.ts';
import type { RedriveSettings } from '../../contract/settings.ts';
import type { DeadLetterFilter } from '../../domain/redrive/dead-letter-filter.ts';
import type { Log, Telemetry } from '../telemetry.ts';
import { HIDDEN_MS } from './queues.ts';
import { type RedriveTools, redrive } from './redrive.ts';
import { type RedriveRun, type RedriveRuns, RedriveUnderWayError } from './runs.ts';

/** What the bus tells of a circuit that has closed. */
const CircuitClosed = v.object({ detail: v.object({ dependency: v.string(), tenant: v.optional(v.string()) }) });

/** One delivery of the message that a circuit has closed. */
export interface Delivery {
  /** The same each time. */
  readonly messageId: string;
  readonly body: string;
  /** When it was sent first, in epoch milliseconds. */
  readonly sentAt: number;
}

export interface RedriveOnCloseTools {
  readonly runs: RedriveRuns;
  /** Undefined where the dependency has no redrive of its own (any more). */
  readonly laneOf: (dependency: string) => AutomaticLane | undefined;
  readonly now: () => number;
  readonly sleep: RedriveTools['sleep'];
  /** Given when the function's time is over. */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly telemetry: Pick<Telemetry, 'count' | 'error'>;
}

export interface AutomaticLane extends Required<Pick<RedriveTools, 'source' | 'target' | 'gate'>> {
  readonly settings: RedriveSettings;
}

/** What time heals. Anything else was refused, or nobody knows what became of it. */
const HEALED_BY_TIME = ['exhausted', 'deadline'] as const;
/** When a lane is looked at again that somebody redrives. */
const BUSY_MS = 30_000;
/** By then a letter is seen that was in somebody's hand when the circuit closed: looked at, or left behind by who was cut off. */
const ALL_SEEN_MS = HIDDEN_MS + 10_000;

/**
 * Redrives what was given up because the dependency was down. Answers after how long the message is to come again, in milliseconds;
 * undefined where it is done with: all letters are in their lane, or the circuit has opened again, and tells of its closing again. One
 * look is not enough to know that all are: what somebody has in hand can't be seen.
 */
export async function redriveOnClose(delivery: Delivery, tools: RedriveOnCloseTools): Promise<number | undefined> {
  const subject = v.parse(CircuitClosed, JSON.parse(delivery.body)).detail;
  const lane = tools.laneOf(subject.dependency);
  if (!lane) return undefined;
  try {
    return await redriveLane(delivery, subject, lane, tools);
  } catch (error) {
    // By itself the message would come back only when no function can have it in hand any more.
    tools.telemetry.error('the redrive goes on later', errorFacts(error));
    tools.telemetry.count('HandlerFailed', { dependency: subject.dependency });
    return BUSY_MS;
  }
}

async function redriveLane(
  delivery: Delivery,
  { dependency, tenant }: v.InferOutput<typeof CircuitClosed>['detail'],
  lane: AutomaticLane,
  tools: RedriveOnCloseTools,
): Promise<number | undefined> {
  const run = await begin(delivery, { dependency, ...(tenant !== undefined && { tenant }) }, lane, tools);
  if (!run) return BUSY_MS;
  const { now, sleep, signal, runs, log } = tools;
  const begunAt = now();
  const { end, ...counts } = await redrive(
    { ...run, whenHeld: 'end' },
    {
      ...{ ...lane, dependency, now, sleep, signal },
      renew: (moved) => runs.renew(run, moved),
      tell: () => undefined,
    },
  );
  log('redriven by itself', { dependency, end, ...counts });
  // Not its end, only that of the function's time: the lease keeps others away until it goes on.
  if (end === 'interrupted') {
    await runs.renew(run, counts.moved);
    return 0;
  }
  if (end !== 'lost') await runs.end(run, end, counts.moved);
  const allSeenAt = delivery.sentAt + ALL_SEEN_MS;
  return end === 'done' && begunAt < allSeenAt ? Math.max(0, allSeenAt - now()) : undefined;
}

/** Undefined while somebody else is at it. */
async function begin(
  { messageId, sentAt }: Delivery,
  { dependency, tenant }: { readonly dependency: string; readonly tenant?: string },
  { settings }: AutomaticLane,
  { runs }: RedriveOnCloseTools,
): Promise<RedriveRun | undefined> {
  const filter: DeadLetterFilter = {
    dependency,
    ...(tenant !== undefined && { tenant }),
    reasons: HEALED_BY_TIME,
    events: true,
  };
  const last = await runs.get(dependency);
  const moved = last?.run === messageId ? last.moved : 0;
  try {
    return await runs.begin({
      ...{ lane: dependency, run: messageId, by: 'backstop', why: 'the circuit has closed' },
      ...{ filter, rate: settings.rate, startedAt: sentAt, moved },
    });
  } catch (error) {
    if (error instanceof RedriveUnderWayError) return undefined;
    throw error;
  }
}
