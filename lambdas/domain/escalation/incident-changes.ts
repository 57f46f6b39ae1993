import type { Cause } from './cause.ts';
import type { Incident, Incidents, ObserveOptions, Telling, Untold } from './incident.ts';
import type { Sample } from './signal.ts';

const MOST_SAMPLES = 5;
const MOST_NOTES = 20;
const LONGEST_NOTE = 200;
/** Causes that are kept of one dependency, the latest ones; an item has 400 KB. */
const MOST_CAUSES = 50;
/** What a channel is to be told at most, the latest: one that is ill for days must not fill the item, or nobody would be told at all. */
const MOST_UNTOLD = 50;
/** An incident of which nothing was heard for so long is told anew: whoever was told has forgotten it, or its end was lost. */
const STALE_MS = 86_400_000;

export type Ongoing = Incident & { readonly state: 'open' | 'acknowledged' };

export function isOngoing(incident: Incident | undefined): incident is Ongoing {
  return incident !== undefined && incident.state !== 'resolved';
}

/** One more of a cause: it is told where it is new, was over, was forgotten, or has become more urgent. */
export function raise(
  before: Incidents,
  at: string,
  cause: Cause,
  options: ObserveOptions,
  sample?: Sample,
): Incidents {
  const known = before.incidents[cause.cause];
  // What happened before its end belongs to it, however late it comes.
  if (known && (isOngoing(known) || at <= (known.resolvedAt ?? ''))) {
    const isMoreUrgent = isOngoing(known) && known.priority === 'P2' && cause.priority === 'P1';
    const isStale = isOngoing(known) && Date.parse(at) - Date.parse(known.lastAt) > STALE_MS;
    const counted = withOneMore(known, at, cause, sample);
    if (!isMoreUrgent && !isStale) return withIncident(before, counted);
    const over = resolve(before, at, (incident) => incident === known, options, isMoreUrgent);
    return isMoreUrgent
      ? begin(over, { ...counted, ...cause }, options)
      : begin(over, { ...cause, ...firstOf(at, sample) }, options);
  }
  return begin(before, { ...cause, ...firstOf(at, sample) }, options);
}

type Tally = Pick<Incident, 'count' | 'firstAt' | 'lastAt' | 'samples'>;

function firstOf(at: string, sample: Sample | undefined): Tally {
  return { count: 1, firstAt: at, lastAt: at, samples: sample ? [sample] : [] };
}

function withOneMore(known: Incident, at: string, { notes = [] }: Cause, sample: Sample | undefined): Incident {
  const isKnown = known.samples.some(({ failureId }) => failureId === sample?.failureId);
  const allNotes = [...new Set([...(known.notes ?? []), ...notes.map(cut)])].slice(0, MOST_NOTES);
  return {
    ...known,
    ...(allNotes.length > 0 && { notes: allNotes }),
    count: isKnown ? known.count : known.count + 1,
    firstAt: at < known.firstAt ? at : known.firstAt,
    lastAt: at > known.lastAt ? at : known.lastAt,
    samples: withSample(known.samples, sample),
  };
}

function withSample(samples: readonly Sample[], sample: Sample | undefined): readonly Sample[] {
  if (sample === undefined) return samples;
  // A dead letter says more than what a machine told before it.
  if (samples.some(({ failureId }) => failureId === sample.failureId))
    return samples.map((each) => (each.failureId === sample.failureId && each.attempts === 0 ? sample : each));
  return samples.length < MOST_SAMPLES ? [...samples, sample] : samples;
}

function cut(note: string): string {
  return note.slice(0, LONGEST_NOTE);
}

/** The next time of a cause. The one before is kept as long as somebody is to be told of it. */
function begin(before: Incidents, { notes, ...facts }: Cause & Tally, options: ObserveOptions): Incidents {
  const known = before.incidents[facts.cause];
  const { cause, priority, summary, section, count, firstAt, lastAt, samples } = facts;
  const incident: Incident = {
    ...{
      cause,
      priority,
      summary,
      section,
      count,
      firstAt,
      lastAt,
      samples,
      ...(notes && { notes: notes.slice(0, MOST_NOTES).map(cut) }),
    },
    number: (known?.number ?? 0) + 1,
    state: 'open',
  };
  const past = known && isUntold(before, known) ? [...before.past, known] : before.past;
  return tell(withIncident({ ...before, past }, incident), incident, 'trigger', options.channels);
}

export function resolve(
  before: Incidents,
  at: string,
  isOver: (incident: Incident) => boolean,
  options: ObserveOptions,
  goesOn = false,
): Incidents {
  return Object.values(before.incidents)
    .filter((incident) => isOngoing(incident) && isOver(incident))
    .reduce((state, incident) => {
      const resolved: Incident = { ...incident, state: 'resolved', resolvedAt: at, ...(goesOn && { goesOn }) };
      return tell(withIncident(state, resolved), incident, 'resolve', options.channels);
    }, before);
}

/** Somebody has taken on what is open. */
export function acknowledge(before: Incidents, at: string, by: string, options: ObserveOptions): Incidents {
  return Object.values(before.incidents)
    .filter(({ state, firstAt }) => state === 'open' && firstAt <= at)
    .reduce((state, incident) => {
      const taken: Incident = { ...incident, state: 'acknowledged', acknowledgedBy: by };
      return tell(withIncident(state, taken), incident, 'acknowledge', options.acknowledgedIn);
    }, before);
}

/** The incident that is meant, also where its cause has come up anew since. */
export function incidentOf(
  { incidents, past }: Incidents,
  { cause, number }: Pick<Incident, 'cause' | 'number'>,
): Incident | undefined {
  return [incidents[cause], ...past].find((incident) => incident?.cause === cause && incident.number === number);
}

/** Forgets earlier times of which nobody is to be told any more. */
export function withoutToldPast(before: Incidents): Incidents {
  const past = before.past.filter((incident) => isUntold(before, incident));
  return past.length === before.past.length ? before : { ...before, past };
}

function isUntold({ untold }: Incidents, { cause, number }: Incident): boolean {
  return untold.some((each) => each.cause === cause && each.number === number);
}

/** What is over longest makes room for others first, then what was not heard of for longest; what is still to be told is kept. */
function withIncident(before: Incidents, incident: Incident): Incidents {
  const next = { ...before, incidents: { ...before.incidents, [incident.cause]: incident } };
  const all = Object.values(next.incidents);
  if (all.length <= MOST_CAUSES) return next;
  const expendable = all
    .filter((each) => each !== incident && !isUntold(before, each))
    .sort((a, b) => Number(isOngoing(a)) - Number(isOngoing(b)) || (a.lastAt < b.lastAt ? -1 : 1))
    .slice(0, all.length - MOST_CAUSES)
    .map(({ cause }) => cause);
  const kept = Object.entries(next.incidents).filter(([cause]) => !expendable.includes(cause));
  return { ...next, incidents: Object.fromEntries(kept) };
}

function tell(
  before: Incidents,
  { cause, number }: Incident,
  telling: Telling,
  channels: readonly string[],
): Incidents {
  const all = [...before.untold, ...channels.map((channel) => ({ channel, telling, cause, number }))];
  const isLate = ({ channel }: Untold, at: number) =>
    all.slice(at + 1).filter((later) => later.channel === channel).length >= MOST_UNTOLD;
  return withoutToldPast({ ...before, untold: all.filter((each, at) => !isLate(each, at)) });
}
