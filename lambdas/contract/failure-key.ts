import { KEY_SEPARATOR } from './item-keys.ts';
import type { LedgerEntry } from './ledger-entry.ts';

/**
 * Names one failure in every store. A type of its own, so that no plain id passes for a key.
 *
 * An id belongs to its dependency and tenant: others may use the same id for failures of their own.
 */
export type FailureKey = string & { readonly [BRAND]: 'FailureKey' };

declare const BRAND: unique symbol;

/** The parts of a key. */
export type FailureName = Pick<LedgerEntry, 'dependency' | 'tenant' | 'id'>;

/**
 * Joins dependency, tenant (if any) and id by slashes: `payments/order-1`, `payments/acme/order-1`.
 *
 * The boundary allows no character that needs an escape. The escape keeps two keys apart whatever it allows one day.
 */
export function failureKey({ dependency, tenant, id }: FailureName): FailureKey {
  const parts = tenant === undefined ? [dependency, id] : [dependency, tenant, id];
  return parts.map((part) => encodeURIComponent(part.toWellFormed())).join(KEY_SEPARATOR) as FailureKey;
}

/** Reverses {@link failureKey}. Undefined if the text is not a key of this form. */
export function failureName(key: string): FailureName | undefined {
  const parts = key.split(KEY_SEPARATOR).map(decoded);
  const [dependency, second, third] = parts;
  if (parts.some((part) => part === undefined) || dependency === undefined || second === undefined) return undefined;
  if (parts.length > 3) return undefined;
  return third === undefined ? { dependency, id: second } : { dependency, tenant: second, id: third };
}

/** Takes a text for a key that a store has returned, or that the Recovery machine carries. */
export function asFailureKey(text: string): FailureKey {
  return text as FailureKey;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
