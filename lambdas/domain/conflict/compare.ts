import type { HttpOperation } from '../../contract/failure.ts';
import { isStringJson, type JsonText } from '../../contract/json-text.ts';
import type { ConflictSettings } from '../../contract/settings.ts';
import { type Json, sameJson } from '../json/json-value.ts';
import { readJson } from '../json/lossless-json.ts';
import { type CurrentState, isGone } from './current-state.ts';
import { ifAbsent, ifMatching, isOfOneSystem, knownEtags, usableEtag } from './etag.ts';
import { pathOf, valueAt } from './json-pointer.ts';
import { arrayKeyLookup, mergeWrite } from './merge-write.ts';
import { OVERLAP } from './merged.ts';
import { redaction } from './redact.ts';
import { lastWriter, parseHttpDate, parseTime } from './timestamps.ts';
import { readWrite, rewrite, withBodyText } from './write.ts';
import { type Comparison, unresolvable, WriteConflict } from './write-conflict.ts';

export { type CurrentState, stateDigest } from './current-state.ts';
export type { Comparison } from './write-conflict.ts';

/** A write that the dependency refused, because its version is outdated. */
export interface RefusedWrite {
  readonly operation: HttpOperation;
  /** RFC 3339 in UTC. */
  readonly occurredAt: string;
}

/**
 * Compares a refused write with the current state, and selects the next step by the dependency's strategy. A
 * resubmission carries the current state's ETag, never a refused one.
 *
 * @param refused ETags that the dependency has refused since
 */
export function compare(
  ours: RefusedWrite,
  current: CurrentState,
  settings: ConflictSettings,
  refused: readonly string[],
): Comparison {
  if (settings.strategy === 'reject') return unresolvable('rejected');
  const write = readWrite(ours.operation);
  if (!write) return unresolvable('not-a-write');
  const conflict = new WriteConflict(ours.operation, write, current, redaction(settings.sensitive));
  if (isGone(current)) return afterDeletion(conflict);
  if (conflict.isAlreadyApplied()) return conflict.settled('already-applied', 'ours');
  const etag = usableEtag(current.etag);
  if (etag === undefined) return unresolvable('etag-missing');
  const known = knownEtags(ours.operation);
  if (known.some((one) => !isOfOneSystem(one, etag))) return conflict.undecided('etag-format-changed');
  // The conflict is not about the version, since the dependency refused the current one.
  if (known.includes(etag) || refused.includes(etag)) return conflict.undecided('same-version');
  return byStrategy(conflict, ours, settings, etag);
}

/**
 * As {@link compare}, for a decision of a human or of your resolver function. `ours` means the operation as it is; a
 * body is the complete new state. The caller must first check that the state is unchanged and its ETag not refused.
 */
export function resubmission(
  { operation }: RefusedWrite,
  current: CurrentState,
  wanted: 'ours' | { readonly body: JsonText },
  { sensitive }: Pick<ConflictSettings, 'sensitive'>,
): Comparison {
  const write = readWrite(operation);
  if (!write) return unresolvable('not-a-write');
  const conflict = new WriteConflict(operation, write, current, redaction(sensitive));
  const winner = wanted === 'ours' ? 'ours' : 'merged';
  if (isGone(current)) return recreation(conflict, wanted, winner);
  const next: Decided | undefined =
    wanted === 'ours' ? { operation, state: conflict.ours } : decidedWrite(conflict, wanted.body);
  if (!next) return conflict.undecided('not-comparable');
  const isDone = wanted === 'ours' ? conflict.isAlreadyApplied() : conflict.matchesCurrent(next.operation, next.state);
  if (isDone) return conflict.settled('already-applied', winner);
  const etag = usableEtag(current.etag);
  if (etag === undefined) return unresolvable('etag-missing');
  return conflict.resubmit(ifMatching(next.operation, etag), winner, next.state);
}

function afterDeletion(conflict: WriteConflict): Comparison {
  const isDone = conflict.write.kind === 'delete';
  return isDone ? conflict.settled('already-deleted', 'ours') : conflict.undecided('deleted-meanwhile');
}

function byStrategy(
  conflict: WriteConflict,
  { occurredAt }: RefusedWrite,
  settings: ConflictSettings,
  etag: string,
): Comparison {
  switch (settings.strategy) {
    case 'reject':
      return unresolvable('rejected');
    case 'ask':
    case 'function':
      return conflict.undecided('asked-for');
    case 'last-writer-wins':
      return byTime(conflict, occurredAt, settings.timestamp, etag);
    case 'merge':
      return byMerge(conflict, settings.arrayKeys, etag);
    default:
      return settings satisfies never;
  }
}

function byTime(conflict: WriteConflict, occurredAt: string, timestamp: string | undefined, etag: string): Comparison {
  const isDeletion = conflict.write.kind === 'delete';
  if (timestamp !== undefined && (conflict.theirs === undefined || (!isDeletion && conflict.ours === undefined))) {
    return conflict.undecided('not-comparable');
  }
  const within = (state: Json | undefined) => parseTime(valueAt(state, pathOf(timestamp ?? '') ?? []));
  const ours = timestamp === undefined || isDeletion ? parseTime(occurredAt) : within(conflict.ours);
  const theirs = timestamp === undefined ? parseHttpDate(conflict.current.lastModified) : within(conflict.theirs);
  const last = lastWriter(ours, theirs);
  // `Last-Modified` shows when a write arrived, not when it was made. It may be an older, delayed write, such as one of
  // Backstop's own.
  if (last === 'theirs' && timestamp === undefined) return conflict.undecided('no-timestamps');
  if (last === 'ours') return conflict.resubmit(ifMatching(conflict.operation, etag), 'ours', conflict.ours);
  return last === 'theirs' ? conflict.settled('theirs-newer', 'theirs') : conflict.undecided(last);
}

function byMerge(conflict: WriteConflict, arrayKeys: Readonly<Record<string, string>>, etag: string): Comparison {
  const { operation, write, base, theirs } = conflict;
  if (write.kind === 'opaque' || theirs === undefined) return conflict.undecided('not-comparable');
  const merged = mergeWrite(write, base, theirs, arrayKeyLookup(arrayKeys));
  if (merged === OVERLAP) return conflict.undecided('both-changed');
  // The current state is unchanged since the request to delete. An earlier line settles the case that both sides
  // deleted.
  if (merged === undefined) return conflict.resubmit(ifMatching(operation, etag), 'ours', undefined);
  if (sameJson(merged, theirs)) return conflict.settled('already-applied', 'merged');
  const next = rewrite(operation, write, theirs, merged);
  return next ? conflict.resubmit(ifMatching(next, etag), 'merged', merged) : conflict.undecided('not-comparable');
}

/** After a deletion, only a PUT can recreate the resource, and only if nobody else has. */
function recreation(
  conflict: WriteConflict,
  wanted: 'ours' | { readonly body: JsonText },
  winner: 'ours' | 'merged',
): Comparison {
  const { operation, write } = conflict;
  if (write.kind === 'delete' && wanted === 'ours') return conflict.settled('already-deleted', 'ours');
  if (operation.method !== 'PUT') return conflict.undecided('deleted-meanwhile');
  const next = wanted === 'ours' ? { operation } : decidedWrite(conflict, wanted.body);
  return next ? conflict.resubmit(ifAbsent(next.operation), winner, undefined) : conflict.undecided('not-comparable');
}

interface Decided {
  readonly operation: HttpOperation;
  readonly state: Json | undefined;
}

/** Undefined if the operation's format can't express the state. */
function decidedWrite({ operation, write, theirs }: WriteConflict, body: JsonText): Decided | undefined {
  if (write.kind === 'opaque') {
    const isText = operation.method === 'PUT' && isStringJson(body);
    return isText ? { operation: withBodyText(operation, body), state: undefined } : undefined;
  }
  const state = readJson(body);
  const next = state === undefined ? undefined : rewrite(operation, write, theirs, state);
  return next && { operation: next, state };
}
