import type { HttpOperation } from '../../contract/failure.ts';
import type { ConflictSettings } from '../../contract/settings.ts';
import { type Current, isGone } from './current-state.ts';
import { etagForm, forAbsence, forVersion, knownEtags, usableEtag } from './etag.ts';
import { pathOf, valueAt } from './json-pointer.ts';
import { type Json, sameJson } from './json-value.ts';
import { asJson } from './lossless-json.ts';
import { keysOf, mergeWrite } from './merge-write.ts';
import { OVERLAP } from './merged.ts';
import { type Comparison, Race, unresolvable } from './race.ts';
import { redaction } from './redact.ts';
import { httpMoment, lastWriter, momentOf } from './timestamps.ts';
import { readWrite, rewrite } from './write.ts';

export { type Current, stateDigest } from './current-state.ts';
export type { Comparison } from './race.ts';

/** A write that was refused, because its version is not the current one. */
export interface Ours {
  readonly operation: HttpOperation;
  /** RFC 3339 in UTC. */
  readonly occurredAt: string;
}

/**
 * Compares a write with the state that is there instead of the one it was made for, and says by the dependency's strategy what is
 * to be done. What is resubmitted goes out with the ETag of that state, never with one that was refused.
 *
 * @param refused ETags that the dependency has refused since
 */
export function compare(
  ours: Ours,
  current: Current,
  settings: ConflictSettings,
  refused: readonly string[],
): Comparison {
  if (settings.strategy === 'reject') return unresolvable('rejected');
  const write = readWrite(ours.operation);
  if (!write) return unresolvable('not-a-write');
  const race = new Race(ours.operation, write, current, redaction(settings.sensitive));
  if (isGone(current)) return afterDeletion(race);
  if (race.isMade()) return race.settled('already-applied', 'ours');
  const etag = usableEtag(current.etag);
  if (etag === undefined) return unresolvable('etag-missing');
  const known = knownEtags(ours.operation);
  if (known.some((one) => etagForm(one) !== etagForm(etag))) return race.undecided('etag-format-changed');
  // Refused although it is the current one: the conflict is about something else.
  if (known.includes(etag) || refused.includes(etag)) return race.undecided('same-version');
  return byStrategy(race, ours, settings, etag);
}

/**
 * As {@link compare}, for what a human or a team's function has decided on: `ours` is the operation as it is, a body the whole
 * state to be. Whether the state has changed since, and whether its ETag has been refused, is for the caller to ask first.
 */
export function resubmission(
  { operation }: Ours,
  current: Current,
  wanted: 'ours' | { readonly body: unknown },
  { sensitive }: Pick<ConflictSettings, 'sensitive'>,
): Comparison {
  const write = readWrite(operation);
  if (!write) return unresolvable('not-a-write');
  const race = new Race(operation, write, current, redaction(sensitive));
  const winner = wanted === 'ours' ? 'ours' : 'merged';
  if (isGone(current)) return recreation(race, wanted, winner);
  const next: Decided | undefined =
    wanted === 'ours' ? { operation, state: race.ours } : decidedWrite(race, wanted.body);
  if (!next) return race.undecided('not-comparable');
  const isDone = wanted === 'ours' ? race.isMade() : race.isThere(next.operation, next.state);
  if (isDone) return race.settled('already-applied', winner);
  const etag = usableEtag(current.etag);
  if (etag === undefined) return unresolvable('etag-missing');
  return race.resubmit(forVersion(next.operation, etag), winner, next.state);
}

function afterDeletion(race: Race): Comparison {
  const isDone = race.write.kind === 'delete';
  return isDone ? race.settled('already-deleted', 'ours') : race.undecided('deleted-meanwhile');
}

function byStrategy(race: Race, { occurredAt }: Ours, settings: ConflictSettings, etag: string): Comparison {
  switch (settings.strategy) {
    case 'reject':
      return unresolvable('rejected');
    case 'ask':
    case 'function':
      return race.undecided('asked-for');
    case 'last-writer-wins':
      return byTime(race, occurredAt, settings.timestamp, etag);
    case 'merge':
      return byMerge(race, settings.arrayKeys, etag);
    default:
      return settings satisfies never;
  }
}

function byTime(race: Race, occurredAt: string, timestamp: string | undefined, etag: string): Comparison {
  const isDeletion = race.write.kind === 'delete';
  if (timestamp !== undefined && (race.theirs === undefined || (!isDeletion && race.ours === undefined))) {
    return race.undecided('not-comparable');
  }
  const within = (state: Json | undefined) => momentOf(valueAt(state, pathOf(timestamp ?? '') ?? []));
  const ours = timestamp === undefined || isDeletion ? momentOf(occurredAt) : within(race.ours);
  const theirs = timestamp === undefined ? httpMoment(race.current.lastModified) : within(race.theirs);
  const last = lastWriter(ours, theirs);
  // When a write has arrived says nothing of when it was made: it may be an older one that has waited, such as one of ours.
  if (last === 'theirs' && timestamp === undefined) return race.undecided('no-timestamps');
  if (last === 'ours') return race.resubmit(forVersion(race.operation, etag), 'ours', race.ours);
  return last === 'theirs' ? race.settled('theirs-newer', 'theirs') : race.undecided(last);
}

function byMerge(race: Race, arrayKeys: Readonly<Record<string, string>>, etag: string): Comparison {
  const { operation, write, base, theirs } = race;
  if (write.kind === 'opaque' || theirs === undefined) return race.undecided('not-comparable');
  const merged = mergeWrite(write, base, theirs, keysOf(arrayKeys));
  if (merged === OVERLAP) return race.undecided('both-changed');
  // Theirs is what it was when it was to be deleted; or both agree on that, which was seen before.
  if (merged === undefined) return race.resubmit(forVersion(operation, etag), 'ours', undefined);
  if (sameJson(merged, theirs)) return race.settled('already-applied', 'merged');
  const next = rewrite(operation, write, theirs, merged);
  return next ? race.resubmit(forVersion(next, etag), 'merged', merged) : race.undecided('not-comparable');
}

/** The resource is gone: only a PUT can bring it back, and only where nobody else has meanwhile. */
function recreation(race: Race, wanted: 'ours' | { readonly body: unknown }, winner: 'ours' | 'merged'): Comparison {
  const { operation, write } = race;
  if (write.kind === 'delete' && wanted === 'ours') return race.settled('already-deleted', 'ours');
  if (operation.method !== 'PUT') return race.undecided('deleted-meanwhile');
  const next = wanted === 'ours' ? { operation } : decidedWrite(race, wanted.body);
  return next ? race.resubmit(forAbsence(next.operation), winner, undefined) : race.undecided('not-comparable');
}

interface Decided {
  readonly operation: HttpOperation;
  readonly state: Json | undefined;
}

/** Undefined where the operation has no words for it. */
function decidedWrite({ operation, write, theirs }: Race, body: unknown): Decided | undefined {
  if (write.kind === 'opaque') {
    const isText = operation.method === 'PUT' && typeof body === 'string';
    return isText ? { operation: { ...operation, body }, state: undefined } : undefined;
  }
  const state = asJson(body);
  const next = state === undefined ? undefined : rewrite(operation, write, theirs, state);
  return next && { operation: next, state };
}
