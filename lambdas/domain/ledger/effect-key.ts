import { type FailureName, failureKey } from '../../contract/failure-key.ts';
import { KEY_SEPARATOR } from '../../contract/item-keys.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';

/**
 * Names one effect in the effects table: a failure's operation, its change at a backup, or the undo of one step.
 * Starts with the failure's key, so that an effect belongs to dependency and tenant as its failure does.
 */
export type EffectKey = string & { readonly [BRAND]: 'EffectKey' };

declare const BRAND: unique symbol;

type Edited = FailureName & Pick<LedgerEntry, 'edited'>;

/** A failure for which a call is made. `undoStep`: the call undoes that step, counted from 0. */
export type CallSubject = Edited & { readonly undoStep?: number };

/**
 * Key of the operation. An edited operation gets a new key, so that the dependency does not take it for a repetition of
 * the original.
 */
export function effectKey({ edited = 0, ...failure }: Edited): EffectKey {
  return keyed(failureKey(failure), editSuffix(edited));
}

/** Keys of the operation from before an operator edited it, oldest first. */
export function earlierEffectKeys(entry: Edited): readonly EffectKey[] {
  return Array.from({ length: entry.edited ?? 0 }, (_, edited) => effectKey({ ...entry, edited }));
}

/** Key of the call that undoes a step. */
export function undoKey(failure: FailureName, index: number): EffectKey {
  return keyed(failureKey(failure), `#undo#${index}`);
}

/** Key of the change at a backup. */
export function backupKey(failure: FailureName, backup: string): EffectKey {
  return keyed(failureKey(failure), `#backup#${backup}`);
}

/**
 * Key by which the called dependency recognizes a repetition, such as its `Idempotency-Key`. A dependency sees the
 * plain id of its own failures. With a tenant, at a backup and in an undo, another failure could use the same id there.
 * Then the key names dependency and tenant.
 *
 * No plain id contains a slash, so the two forms cannot collide.
 */
export function callKey({ undoStep, ...entry }: CallSubject, called: string): string {
  if (undoStep !== undefined) return undoKey(entry, undoStep);
  const { id, dependency, tenant, edited = 0 } = entry;
  return dependency === called && tenant === undefined ? `${id}${editSuffix(edited)}` : effectKey(entry);
}

/** Dependency of the failure that a key belongs to, as keys write it. */
export function dependencyPart(key: EffectKey): string {
  return key.slice(0, key.indexOf(KEY_SEPARATOR));
}

/** No part of a failure's key contains `#`, so two effects never share a key. */
function keyed(failure: string, suffix: string): EffectKey {
  return `${failure}${suffix}` as EffectKey;
}

function editSuffix(edited: number): string {
  return edited === 0 ? '' : `#edit#${edited}`;
}
