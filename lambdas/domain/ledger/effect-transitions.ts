import { hash } from 'node:crypto';
import { KEY_SEPARATOR } from '../../contract/item-keys.ts';
import { anyOf, type Check, is, isAbsent, isAtMost, isNot, isStill } from './check.ts';
import { dependencyPart, type EffectKey } from './effect-key.ts';

/**
 * The record of a call in the effects table. The attributes are those of Powertools idempotency, which wrote the
 * records of earlier versions.
 */
export interface EffectRecord {
  readonly id: string;
  readonly status: 'INPROGRESS' | 'COMPLETED';
  /** Token of the call that wrote the record. Absent in records of earlier versions. */
  readonly token?: string;
  /** Epoch milliseconds: end of the call's lease. */
  readonly in_progress_expiration?: number;
  /** A call before this one may have had an effect. */
  readonly doubted?: true;
  /** The success. */
  readonly data?: unknown;
  /** Epoch seconds: DynamoDB deletes the record after this time. */
  readonly expiration: number;
}

/** What the effects table knows of the calls under one key. */
export type KnownEffect<Success> =
  /** No call has had an effect: none was made, or none of those made had one. */
  | { readonly kind: 'none' }
  /** A call is in flight, at most until `until` in epoch milliseconds. */
  | { readonly kind: 'under-way'; readonly token?: string; readonly until: number }
  /** A call has ended without a success, and may have had an effect. */
  | { readonly kind: 'in-doubt' }
  | { readonly kind: 'done'; readonly success: Success };

/** Lease of a call: its token, and its end in epoch milliseconds. */
export interface EffectLease {
  readonly token: string;
  readonly until: number;
}

/** A conditional write of one record, as data. `remove: 'all'` deletes the record. */
export interface EffectTransition {
  readonly set?: Partial<Omit<EffectRecord, 'id'>>;
  readonly remove?: readonly (keyof EffectRecord)[] | 'all';
  /** All must hold, or nothing is written. */
  readonly condition: readonly Check[];
}

interface EffectTimes {
  /** Epoch milliseconds. */
  readonly now: number;
  /** How long a record is kept, in milliseconds. */
  readonly retentionMs: number;
}

/**
 * Id of a call's record: the dependency's name, which the workers' policies need, and a digest, so that the table holds
 * none of your ids.
 */
export function effectId(key: EffectKey): string {
  return `${dependencyPart(key)}${KEY_SEPARATOR}#${hash('sha256', JSON.stringify(key), 'base64')}`;
}

export function effectOf<Success>(record: EffectRecord | undefined, now: number): KnownEffect<Success> {
  if (!record || record.expiration * 1_000 <= now) return { kind: 'none' };
  if (record.status === 'COMPLETED') return { kind: 'done', success: record.data as Success };
  const { token, in_progress_expiration: until = 0 } = record;
  return until > now ? { kind: 'under-way', token, until } : { kind: 'in-doubt' };
}

/** Marks a call as started, if no call under the key may have had an effect. */
export function beginEffect({ token, until }: EffectLease, times: EffectTimes): EffectTransition {
  return {
    set: { status: 'INPROGRESS', token, in_progress_expiration: until, expiration: expirationOf(times) },
    remove: ['data', 'doubted'],
    condition: [anyOf(isAbsent('id'), isAtMost('expiration', Math.floor(times.now / 1_000)))],
  };
}

/** Marks a call as started that repeats one in doubt. */
export function repeatEffect(
  before: EffectRecord,
  { token, until }: EffectLease,
  times: EffectTimes,
): EffectTransition {
  return {
    set: {
      status: 'INPROGRESS',
      token,
      in_progress_expiration: until,
      doubted: true,
      expiration: expirationOf(times),
    },
    condition: [
      is('status', 'INPROGRESS'),
      isStill('token', before.token),
      // A look-up of earlier versions could leave a mark without an end. It made no call.
      anyOf(isAbsent('in_progress_expiration'), isAtMost('in_progress_expiration', times.now)),
    ],
  };
}

/** Stores a success, even if the call's lease is over. The first success stands. */
export function completeEffect(token: string, success: unknown, times: EffectTimes): EffectTransition {
  return {
    set: { status: 'COMPLETED', token, data: success, expiration: expirationOf(times) },
    remove: ['in_progress_expiration', 'doubted'],
    condition: [isNot('status', 'COMPLETED')],
  };
}

/** Removes the mark of a call that had no effect, if no earlier one is in doubt. Leaves every other record. */
export function freeEffect(token: string): EffectTransition {
  return { remove: 'all', condition: [...isOwnMark(token), isAbsent('doubted')] };
}

/** Ends the lease of a call that may have had an effect, and keeps its mark. */
export function doubtEffect(token: string): EffectTransition {
  return { set: { in_progress_expiration: 0 }, condition: isOwnMark(token) };
}

function isOwnMark(token: string): readonly Check[] {
  return [is('status', 'INPROGRESS'), is('token', token)];
}

function expirationOf({ now, retentionMs }: EffectTimes): number {
  return Math.ceil((now + retentionMs) / 1_000);
}
