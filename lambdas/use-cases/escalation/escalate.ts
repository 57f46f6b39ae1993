import type { Clock } from '../../contract/time.ts';
import { applySignal } from '../../domain/escalation/apply-signal.ts';
import type {
  Incident,
  IncidentNotification,
  Incidents,
  SignalOptions,
  Situation,
  UnsentNotification,
  Urgency,
} from '../../domain/escalation/incident.ts';
import { dropNotifiedPast, findIncident } from '../../domain/escalation/incident-changes.ts';
import type { Signal } from '../../domain/escalation/signal.ts';
import type { IncidentStore, Stored } from './incident-store.ts';

/** A service that notifies humans. It gets each notification once, or twice after a crash before the record. */
export interface Channel {
  readonly name: string;
  /** Whether the service wants to know that somebody has acknowledged an incident. */
  readonly acknowledges: boolean;
  notify(told: IncidentNotification): Promise<void>;
}

export interface EscalatePorts {
  readonly store: IncidentStore;
  readonly channels: readonly Channel[];
  /** Priority of an incident of an unreachable dependency. @default 'P2' */
  readonly urgencyOf?: (dependency: string) => Urgency;
  /** Looks up what a message says about the present. @default - nothing */
  readonly situationOf?: (subject: string, incident: Incident) => Promise<Situation>;
  readonly now: Clock;
  readonly newToken: () => string;
}

/** Another writer won every round, or another instance sends what is pending. */
export class EscalationBusyError extends Error {
  override readonly name = 'EscalationBusyError';
}

/** An alert is still pending: a channel failed, or another instance sends. The signals are in the store. The cause says why. */
export class UntoldError extends Error {
  override readonly name = 'UntoldError';
}

const MAX_ROUNDS = 12;
/** Lease of the instance that notifies: longer than all channels may take. */
const NOTIFIER_LEASE_MS = 60_000;
/** A notification that begins so late still ends within the 30 s of the function: a channel takes at most 11 s. */
const SENDING_MS = 15_000;

/** Subject of a signal: its dependency, or the empty string for Backstop itself. */
export function subjectOf({ dependency = '' }: Pick<Signal, 'dependency'>): string {
  return dependency;
}

/**
 * Stores the signals of one subject in one write, then sends each channel its pending notifications.
 *
 * @throws UntoldError if anything is pending after the signals are stored, so that the try that sends it is certain
 * @throws EscalationBusyError if the signals could not be stored
 */
export async function escalate(subject: string, signals: readonly Signal[], ports: EscalatePorts): Promise<void> {
  await ingestSignals(subject, signals, ports);
  try {
    await notifyAll(subject, ports);
  } catch (cause) {
    throw new UntoldError('an alert is not sent yet', { cause });
  }
}

async function ingestSignals(subject: string, signals: readonly Signal[], ports: EscalatePorts): Promise<void> {
  const { store, channels, urgencyOf } = ports;
  const options: SignalOptions = {
    urgencyOf,
    channels: channels.map(({ name }) => name),
    acknowledgedIn: channels.filter(({ acknowledges }) => acknowledges).map(({ name }) => name),
  };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = await store.read(subject);
    const state = signals.reduce((current, signal) => applySignal(current, signal, options), before.state);
    if (state === before.state) return;
    if (await store.replace(subject, before, { ...before, state })) return;
  }
  throw new EscalationBusyError('every write of the incidents lost to another writer');
}

/** The notifications that one instance sends under its lease. */
interface Sending {
  readonly subject: string;
  readonly token: string;
  /** No notification leaves later. Epoch milliseconds. */
  readonly lastStart: number;
  /** Why a channel gets nothing more for now, by its name. */
  readonly failures: Map<string, unknown>;
}

/**
 * Sends until nothing is pending. The lease holder also sends what other instances store meanwhile. A channel that
 * fails or hangs does not stop the others.
 *
 * @throws EscalationBusyError if something is pending and another instance has the lease. That instance may have
 * crashed, and its message may be gone: a copy of it ended well. So only an instance that sees nothing pending lets
 * its message go.
 */
async function notifyAll(subject: string, ports: EscalatePorts): Promise<void> {
  const { store, now, newToken } = ports;
  const sending: Sending = { subject, token: newToken(), lastStart: now() + SENDING_MS, failures: new Map() };
  const { token, failures } = sending;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = await store.read(subject);
    const { state, teller } = before;
    const isMine = teller?.token === token;
    const isHeld = teller !== undefined && !isMine && teller.until > now();
    const waiting = new Set(state.untold.map(({ channel }) => channel).filter((channel) => !failures.has(channel)));
    if (waiting.size === 0) {
      if (isMine && !(await store.replace(subject, before, { state }))) continue;
      for (const failure of failures.values()) throw failure;
      return;
    }
    if (isHeld) throw new EscalationBusyError('another instance sends alerts now');
    if (!isMine) {
      await store.replace(subject, before, { state, teller: leaseOf(sending, ports) });
      continue;
    }
    const ends = await Promise.allSettled([...waiting].map((channel) => drain(channel, sending, before, ports)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
  throw new EscalationBusyError('new alerts keep arriving faster than they can be delivered');
}

function leaseOf({ token }: Sending, { now }: EscalatePorts): NonNullable<Stored['teller']> {
  return { token, until: now() + NOTIFIER_LEASE_MS };
}

/** Sends one channel its pending notifications in their order, until none is left or the channel fails. */
async function drain(channel: string, sending: Sending, first: Stored, ports: EscalatePorts): Promise<void> {
  const { subject, token, lastStart, failures } = sending;
  for (let before = first; before.teller?.token === token; before = await ports.store.read(subject)) {
    const next = before.state.untold.find((each) => each.channel === channel);
    if (next === undefined) return;
    try {
      if (ports.now() > lastStart) throw new EscalationBusyError('no time is left for more alerts');
      await notifyOne(subject, next, before, ports);
    } catch (error) {
      failures.set(channel, error);
      return;
    }
    await markNotified(sending, next, ports);
  }
  throw new EscalationBusyError('another instance delivers alerts now');
}

async function notifyOne(
  subject: string,
  next: UnsentNotification,
  { state }: Stored,
  { channels, situationOf }: EscalatePorts,
): Promise<void> {
  const incident = findIncident(state, next);
  const channel = channels.find(({ name }) => name === next.channel);
  // The config may no longer have the channel.
  if (!channel || !incident) return;
  // An alert without these facts is better than none.
  const situation = await situationOf?.(subject, incident).catch(() => undefined);
  await channel.notify({ subject, telling: next.telling, incident, situation });
}

/** Removes a notification that was sent. */
async function markNotified(sending: Sending, done: UnsentNotification, ports: EscalatePorts): Promise<void> {
  const { subject, token } = sending;
  const { store } = ports;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = await store.read(subject);
    if (before.teller?.token !== token) throw new EscalationBusyError('another instance delivers alerts now');
    const state = dropNotifiedPast({ ...before.state, untold: removeFirst(before.state, done) });
    if (await store.replace(subject, before, { state, teller: leaseOf(sending, ports) })) return;
  }
  throw new EscalationBusyError('every write of the incidents lost to another writer');
}

function removeFirst({ untold }: Incidents, done: UnsentNotification): readonly UnsentNotification[] {
  const at = untold.findIndex(
    ({ channel, telling, cause, number }) =>
      channel === done.channel && telling === done.telling && cause === done.cause && number === done.number,
  );
  return untold.filter((_, index) => index !== at);
}
