import { ownMember } from '../../contract/own-member.ts';
import { DAY_MS } from '../../contract/time.ts';
import { type Cause, UNREACHABLE } from './cause.ts';
import type { Incident, Incidents, NotificationKind, SignalOptions, UnsentNotification } from './incident.ts';
import { isKnownNotToHelp } from './sends-again.ts';
import type { FailureSample } from './signal.ts';

const MAX_SAMPLES = 5;
const MAX_NOTES = 20;
const MAX_NOTE_LENGTH = 200;
/** Limit of causes per dependency. Keeps the newest; a table item holds at most 400 KB. */
const MAX_CAUSES = 50;
/**
 * Limit of unsent notifications per channel. Keeps the newest, so that one broken channel can't fill the item and block
 * all others.
 */
const MAX_UNSENT = 50;
/**
 * An incident without signals for this long is reported again, in milliseconds. Humans may have forgotten it, or its
 * end was lost.
 */
const STALE_MS = DAY_MS;
/**
 * Two times by different clocks count as one up to this difference, in milliseconds. So a dead letter shortly after the
 * end of its outage belongs to it. A lasting cause reopens the circuit, or rings the alarm of the dead-letter queue.
 */
const LATE_MS = 30_000;

/** An incident that is not resolved. */
type Ongoing = Incident & { readonly state: 'open' | 'acknowledged' };

export function isOngoing(incident: Incident | undefined): incident is Ongoing {
  return incident !== undefined && incident.state !== 'resolved';
}

/**
 * Records an occurrence of a cause. Sends a notification if the incident is new, recurs, is stale, or has become more
 * urgent.
 */
export function recordOccurrence(
  before: Incidents,
  at: string,
  cause: Cause,
  options: SignalOptions,
  sample?: FailureSample,
): Incidents {
  const known = ownMember(before.incidents, cause.cause);
  if (known && (isOngoing(known) || isFromBeforeEnd(known, at))) {
    const isMoreUrgent = isOngoing(known) && known.priority === 'P2' && cause.priority === 'P1';
    const isStale = isOngoing(known) && Date.parse(at) - Date.parse(known.lastAt) > STALE_MS;
    const counted = withOccurrence(known, at, cause, sample);
    if (!isMoreUrgent && !isStale) return withIncident(before, counted);
    const afterResolve = resolveIncidents(
      before,
      at,
      (incident) => incident === known,
      options,
      isMoreUrgent || undefined,
    );
    return isMoreUrgent
      ? openIncident(afterResolve, { ...counted, ...cause }, options)
      : beginIncident(afterResolve, at, cause, options, sample);
  }
  return beginIncident(before, at, cause, options, sample);
}

/** Opens an incident, whatever the time of an earlier one's end. */
export function beginIncident(
  before: Incidents,
  at: string,
  cause: Cause,
  options: SignalOptions,
  sample?: FailureSample,
): Incidents {
  return openIncident(before, { ...cause, ...firstOccurrence(at, sample) }, options);
}

/** Whether a late signal from before the incident's end still belongs to that incident. */
function isFromBeforeEnd({ cause, resolvedAt = '' }: Incident, at: string): boolean {
  return at <= resolvedAt || (cause === UNREACHABLE && Date.parse(at) - Date.parse(resolvedAt) <= LATE_MS);
}

type Occurrences = Pick<Incident, 'count' | 'firstAt' | 'lastAt' | 'samples'>;

function firstOccurrence(at: string, sample: FailureSample | undefined): Occurrences {
  return { count: 1, firstAt: at, lastAt: at, samples: sample ? [sample] : [] };
}

function withOccurrence(
  known: Incident,
  at: string,
  { notes = [] }: Cause,
  sample: FailureSample | undefined,
): Incident {
  const isKnown = known.samples.some(({ failureId }) => failureId === sample?.failureId);
  const allNotes = [...new Set([...(known.notes ?? []), ...notes.map(cut)])].slice(0, MAX_NOTES);
  return {
    ...known,
    notes: allNotes.length > 0 ? allNotes : known.notes,
    count: isKnown ? known.count : known.count + 1,
    firstAt: at < known.firstAt ? at : known.firstAt,
    lastAt: at > known.lastAt ? at : known.lastAt,
    samples: withSample(known.samples, sample),
  };
}

function withSample(samples: readonly FailureSample[], sample: FailureSample | undefined): readonly FailureSample[] {
  if (sample === undefined) return samples;
  // A dead letter has more facts than the machine's earlier notice.
  if (samples.some(({ failureId }) => failureId === sample.failureId))
    return samples.map((each) => (each.failureId === sample.failureId && each.attempts === 0 ? sample : each));
  return samples.length < MAX_SAMPLES ? [...samples, sample] : samples;
}

function cut(note: string): string {
  return note.slice(0, MAX_NOTE_LENGTH);
}

/** Opens the next incident of a cause. Keeps the previous one until its notifications are sent. */
function openIncident(before: Incidents, { notes, ...facts }: Cause & Occurrences, options: SignalOptions): Incidents {
  const known = ownMember(before.incidents, facts.cause);
  const { cause, priority, summary, section, evidence, count, firstAt, lastAt, samples } = facts;
  const incident: Incident = {
    cause,
    priority,
    summary,
    section,
    evidence,
    count,
    firstAt,
    lastAt,
    samples,
    notes: notes?.slice(0, MAX_NOTES).map(cut),
    number: (known?.number ?? 0) + 1,
    state: 'open',
  };
  const past = known && hasUnsentNotifications(before, known) ? [...before.past, known] : before.past;
  return queueNotifications(withIncident({ ...before, past }, incident), incident, 'trigger', options.channels);
}

/** Resolves the ongoing incidents that match `isOver`, and queues their notifications. */
export function resolveIncidents(
  before: Incidents,
  at: string,
  isOver: (incident: Incident) => boolean,
  options: SignalOptions,
  goesOn?: Incident['goesOn'],
): Incidents {
  return Object.values(before.incidents)
    .filter((incident) => isOngoing(incident) && isOver(incident))
    .reduce((state, incident) => {
      const resolved: Incident = { ...incident, state: 'resolved', resolvedAt: at, ...(goesOn && { goesOn }) };
      return queueNotifications(withIncident(state, resolved), incident, 'resolve', options.channels);
    }, before);
}

/**
 * Acknowledges open incidents, as far as the operator may have known of them. The operator's clock may be slow.
 *
 * @param causes which ones. @default - all
 */
export function acknowledge(
  before: Incidents,
  acted: { readonly at: string; readonly by: string; readonly action: string },
  options: SignalOptions,
  causes?: readonly string[],
): Incidents {
  const { at, by, action } = acted;
  const taken = { state: 'acknowledged', acknowledgedBy: by, acknowledgedAt: at, acknowledgedWith: action } as const;
  return Object.values(before.incidents)
    .filter(({ cause }) => causes?.includes(cause) ?? true)
    .filter(({ state, firstAt }) => state === 'open' && Date.parse(firstAt) <= Date.parse(at) + LATE_MS)
    .filter((incident) => !isKnownNotToHelp(incident, acted))
    .reduce((state, incident) => {
      const acknowledged: Incident = { ...incident, ...taken };
      return queueNotifications(withIncident(state, acknowledged), incident, 'acknowledge', options.acknowledgedIn);
    }, before);
}

/** Finds an incident by cause and number, also if the cause has recurred since. */
export function findIncident(
  { incidents, past }: Incidents,
  { cause, number }: Pick<Incident, 'cause' | 'number'>,
): Incident | undefined {
  return [ownMember(incidents, cause), ...past].find(
    (incident) => incident?.cause === cause && incident.number === number,
  );
}

/** Drops earlier occurrences whose notifications are all sent. */
export function dropNotifiedPast(before: Incidents): Incidents {
  const past = before.past.filter((incident) => hasUnsentNotifications(before, incident));
  return past.length === before.past.length ? before : { ...before, past };
}

function hasUnsentNotifications({ untold }: Incidents, { cause, number }: Incident): boolean {
  return untold.some((each) => each.cause === cause && each.number === number);
}

/**
 * Adds an incident. Over the limit, drops resolved incidents first, then the ones without recent signals. Keeps those
 * with unsent notifications.
 */
function withIncident(before: Incidents, incident: Incident): Incidents {
  const next = { ...before, incidents: { ...before.incidents, [incident.cause]: incident } };
  const all = Object.values(next.incidents);
  if (all.length <= MAX_CAUSES) return next;
  const expendable = all
    .filter((each) => each !== incident && !hasUnsentNotifications(before, each))
    .sort((a, b) => Number(isOngoing(a)) - Number(isOngoing(b)) || (a.lastAt < b.lastAt ? -1 : 1))
    .slice(0, all.length - MAX_CAUSES)
    .map(({ cause }) => cause);
  const kept = Object.entries(next.incidents).filter(([cause]) => !expendable.includes(cause));
  return { ...next, incidents: Object.fromEntries(kept) };
}

function queueNotifications(
  before: Incidents,
  { cause, number }: Incident,
  telling: NotificationKind,
  channels: readonly string[],
): Incidents {
  const all = [...before.untold, ...channels.map((channel) => ({ channel, telling, cause, number }))];
  const isOverLimit = ({ channel }: UnsentNotification, at: number) =>
    all.slice(at + 1).filter((later) => later.channel === channel).length >= MAX_UNSENT;
  return dropNotifiedPast({ ...before, untold: all.filter((each, at) => !isOverLimit(each, at)) });
}
