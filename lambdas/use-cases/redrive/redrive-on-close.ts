import * as v from 'valibot';
import { errorFacts } from '../../contract/error-facts.ts';
import { DEPENDENCY, TENANT } from '../../contract/names.ts';
import { DEAD_LETTER_REASONS, isOutageReason } from '../../contract/reasons.ts';
import type { RedriveSettings } from '../../contract/settings.ts';
import type { Clock } from '../../contract/time.ts';
import { circuitKey } from '../../domain/circuit/circuit-key.ts';
import type { CircuitStore } from '../../domain/circuit/circuit-store.ts';
import type { DeadLetterFilter } from '../../domain/redrive/dead-letter-filter.ts';
import type { Log, Telemetry } from '../telemetry.ts';
import { PATIENCE_MS } from './queues.ts';
import { redrive } from './redrive.ts';
import type { RedrivePorts } from './redrive-request.ts';
import { type RedriveRun, type RedriveRuns, RedriveUnderWayError } from './runs.ts';

/** Event of a circuit that admits calls again. */
const CircuitClosed = v.object({
  detail: v.object({
    dependency: v.pipe(v.string(), v.regex(DEPENDENCY)),
    tenant: v.optional(v.pipe(v.string(), v.regex(TENANT))),
    to: v.picklist(['recovering', 'closed']),
    sequence: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  }),
});
type Closing = v.InferOutput<typeof CircuitClosed>['detail'];

/** One delivery of the message of a closed circuit. */
export interface Delivery {
  /** The same for each delivery of the message. */
  readonly messageId: string;
  readonly body: string;
  /** When the message was first sent, in epoch milliseconds. */
  readonly sentAt: number;
}

export interface RedriveOnClosePorts {
  readonly runs: RedriveRuns;
  readonly circuits: Pick<CircuitStore, 'read'>;
  /** Undefined if automatic redrive is off for the dependency. */
  readonly laneOf: (dependency: string) => Promise<AutomaticLane | undefined>;
  readonly now: Clock;
  readonly sleep: RedrivePorts['sleep'];
  /** Aborts when the function runs out of time. */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly telemetry: Pick<Telemetry, 'count' | 'error'>;
}

interface AutomaticLane extends Required<Pick<RedrivePorts, 'source' | 'target' | 'gate'>> {
  readonly settings: RedriveSettings;
}

/** Wait before the next try while another redrive of the lane runs, or after an error. */
const BUSY_MS = 30_000;
/** How long one pass waits for what other readers hold. A longer wait costs less as another delivery. */
const PASS_PATIENCE_MS = 20_000;

/**
 * Dead letters that arrive up to this long after the circuit's closing belong to its outage, in milliseconds: their
 * failures were given up before. Later ones are not moved, or failures that fail again would loop.
 */
export const LATE_LETTERS_MS = 60_000;

/**
 * Redrives the dead letters of an outage once the circuit has closed. One pass is not enough, because dead letters
 * that another receiver holds are invisible.
 *
 * @returns milliseconds until the message must come again; undefined if it is done. Then all dead letters are in their
 * lane, or the circuit has opened again and its next closing sends another message. A redrive that loses its lease, or
 * leaves hidden dead letters, is not done.
 */
export async function redriveOnClose(delivery: Delivery, ports: RedriveOnClosePorts): Promise<number | undefined> {
  const closing = v.parse(CircuitClosed, JSON.parse(delivery.body)).detail;
  try {
    const lane = await ports.laneOf(closing.dependency);
    if (!lane) return undefined;
    const last = await ports.runs.get(closing.dependency);
    const isUnderWay = last?.run === delivery.messageId;
    if (!isUnderWay && !(await isConfirmed(closing, ports))) return undefined;
    return await redriveLane(delivery, closing, isUnderWay ? last.moved : 0, lane, ports);
  } catch (error) {
    // Without this the message would stay hidden for its whole visibility timeout.
    ports.telemetry.error('the redrive continues later', errorFacts(error));
    ports.telemetry.count('HandlerFailed', { dependency: closing.dependency });
    return BUSY_MS;
  }
}

/**
 * Whether the table of circuits agrees with an event. A redrive costs each dead letter a cycle, so an event alone must
 * not start one. A circuit that has opened again sends another message when it closes.
 */
async function isConfirmed(closing: Closing, { circuits, now, log }: RedriveOnClosePorts): Promise<boolean> {
  const { circuit, version } = await circuits.read(circuitKey(closing), now());
  const admits = circuit.kind === 'recovering' || circuit.kind === 'closed' || circuit.kind === 'forced-closed';
  if (admits && version >= closing.sequence) return true;
  log('not redriven: the circuit does not confirm it', { dependency: closing.dependency, circuit: circuit.kind });
  return false;
}

async function redriveLane(
  delivery: Delivery,
  { dependency, tenant }: Closing,
  alreadyMoved: number,
  lane: AutomaticLane,
  ports: RedriveOnClosePorts,
): Promise<number | undefined> {
  const run = await beginRun(delivery, { dependency, tenant, moved: alreadyMoved }, lane, ports);
  if (!run) return BUSY_MS;
  const { now, sleep, signal, runs, log } = ports;
  const begunAt = now();
  const { end, isWhole, ...counts } = await redrive(
    { ...run, startedAt: run.startedAt + LATE_LETTERS_MS, whenHeld: 'end' },
    {
      ...lane,
      dependency,
      patienceMs: PASS_PATIENCE_MS,
      now,
      sleep,
      signal,
      renew: (moved) => runs.renew(run, moved),
      onProgress: () => undefined,
    },
  );
  log('redriven automatically', { dependency, end, ...counts });
  // Only the function's time is over. The lease keeps other redrives out until this one continues.
  if (end === 'interrupted') {
    await runs.renew(run, counts.moved);
    return 0;
  }
  // An operator has taken over, perhaps for a few dead letters only. This redrive continues after that one.
  if (end === 'lost') return BUSY_MS;
  await runs.end(run, end, counts.moved);
  if (end === 'held') return undefined;
  if (!isWhole) return PATIENCE_MS;
  // SQS counts with a delay, so one look proves little about what others hid when the circuit closed.
  const allVisibleAt = delivery.sentAt + PATIENCE_MS;
  return begunAt < allVisibleAt ? Math.max(0, allVisibleAt - now()) : undefined;
}

/** Begins or continues the run of this message; undefined while another run holds the lane. */
async function beginRun(
  { messageId, sentAt }: Delivery,
  { dependency, tenant, moved }: Pick<Closing, 'dependency' | 'tenant'> & { readonly moved: number },
  { settings }: AutomaticLane,
  { runs }: RedriveOnClosePorts,
): Promise<RedriveRun | undefined> {
  const filter: DeadLetterFilter = {
    dependency,
    tenant,
    reasons: DEAD_LETTER_REASONS.filter(isOutageReason),
    events: true,
  };
  try {
    return await runs.begin({
      lane: dependency,
      run: messageId,
      by: 'backstop',
      why: 'the circuit has closed',
      filter,
      rate: settings.rate,
      startedAt: sentAt,
      moved,
    });
  } catch (error) {
    if (error instanceof RedriveUnderWayError) return undefined;
    throw error;
  }
}
