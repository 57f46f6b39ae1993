import { applySignal } from '../../domain/escalation/apply-signal.ts';
import type {
  IncidentNotification,
  Incidents,
  SignalOptions,
  UnsentNotification,
  Urgency,
} from '../../domain/escalation/incident.ts';
import { dropNotifiedPast, findIncident } from '../../domain/escalation/incident-changes.ts';
import type { Signal } from '../../domain/escalation/signal.ts';
import type { IncidentStore, Stored } from './incident-store.ts';

/** Somewhere that humans are told: once for each telling of an incident, twice where it was told and nobody lived to write that down. */
export interface Channel {
  readonly name: string;
  /** Whether it wants to know that somebody has taken an incident on. */
  readonly acknowledges: boolean;
  tell(told: IncidentNotification): Promise<void>;
}

export interface EscalateTools {
  readonly store: IncidentStore;
  readonly channels: readonly Channel[];
  /** How urgent it is that a dependency can't be reached. @default 'P2' */
  readonly urgencyOf?: (dependency: string) => Urgency;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly newToken: () => string;
}

/** Somebody else has always been faster, or tells right now what there is to be told. */
export class EscalationBusyError extends Error {
  override readonly name = 'EscalationBusyError';
}

/** The signals are taken in, but somebody could not be told. The cause says why. */
export class UntoldError extends Error {
  override readonly name = 'UntoldError';
}

const MAX_ROUNDS = 12;
/** How long one instance tells until another may take over: longer than all channels may take. */
const TELLING_MS = 60_000;

/** What a signal is about: its dependency, or Backstop itself. */
export function subjectOf({ dependency = '' }: Pick<Signal, 'dependency'>): string {
  return dependency;
}

/**
 * Takes in signals about one subject with one write, however many they are, then tells all channels what they have not been told.
 *
 * @throws UntoldError once they are taken in: what is untold then stays so, and is told with the next signal or try
 */
export async function escalate(subject: string, signals: readonly Signal[], tools: EscalateTools): Promise<void> {
  await takeIn(subject, signals, tools);
  try {
    await tellAll(subject, tools);
  } catch (cause) {
    throw new UntoldError('somebody could not be told', { cause });
  }
}

async function takeIn(subject: string, signals: readonly Signal[], tools: EscalateTools): Promise<void> {
  const { store, channels, urgencyOf } = tools;
  const options: SignalOptions = {
    ...(urgencyOf && { urgencyOf }),
    channels: channels.map(({ name }) => name),
    acknowledgedIn: channels.filter(({ acknowledges }) => acknowledges).map(({ name }) => name),
  };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = await store.read(subject);
    const state = signals.reduce((current, signal) => applySignal(current, signal, options), before.state);
    if (state === before.state) return;
    if (await store.replace(subject, before, { ...before, state })) return;
  }
  throw new EscalationBusyError('the incidents were always changed by somebody else');
}

/**
 * Goes on until nothing is untold: what others bring in meanwhile, they leave to whoever tells. A channel that fails keeps no other
 * from being told.
 */
async function tellAll(subject: string, tools: EscalateTools): Promise<void> {
  const { store, now, newToken } = tools;
  const token = newToken();
  const failures = new Map<string, unknown>();
  for (let round = 0; round < MAX_ROUNDS * 8; round++) {
    const before = await store.read(subject);
    const { state, teller } = before;
    const isMine = teller?.token === token;
    const next = state.untold.find(({ channel }) => !failures.has(channel));
    if (next === undefined) {
      if (isMine && !(await store.replace(subject, before, { state }))) continue;
      for (const failure of failures.values()) throw failure;
      return;
    }
    // Whoever tells looks again before it stops, and finds what was brought in.
    if (teller && !isMine && teller.until > now()) return;
    const mine = { token, until: now() + TELLING_MS };
    if (!isMine) {
      await store.replace(subject, before, { state, teller: mine });
      continue;
    }
    try {
      await tellOne(subject, next, before, tools);
    } catch (error) {
      failures.set(next.channel, error);
      continue;
    }
    await forget(subject, next, mine, tools);
  }
  throw new EscalationBusyError('there is always more to be told');
}

async function tellOne(
  subject: string,
  next: UnsentNotification,
  { state }: Stored,
  { channels }: EscalateTools,
): Promise<void> {
  const incident = findIncident(state, next);
  const channel = channels.find(({ name }) => name === next.channel);
  // The config may have lost the channel.
  if (!channel || !incident) return;
  await channel.tell({ subject, telling: next.telling, incident });
}

/** Strikes out what was told. */
async function forget(
  subject: string,
  done: UnsentNotification,
  teller: NonNullable<Stored['teller']>,
  { store }: EscalateTools,
): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = await store.read(subject);
    if (before.teller?.token !== teller.token) throw new EscalationBusyError('somebody else tells by now');
    const state = dropNotifiedPast({ ...before.state, untold: withoutFirst(before.state, done) });
    if (await store.replace(subject, before, { state, teller })) return;
  }
  throw new EscalationBusyError('the incidents were always changed by somebody else');
}

function withoutFirst({ untold }: Incidents, done: UnsentNotification): readonly UnsentNotification[] {
  const at = untold.findIndex(
    ({ channel, telling, cause, number }) =>
      channel === done.channel && telling === done.telling && cause === done.cause && number === done.number,
  );
  return untold.filter((_, index) => index !== at);
}
