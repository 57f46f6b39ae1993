import type { HttpOperation } from '../../contract/failure.ts';
import type { AwsSettings, DependencyKind, HttpSettings } from '../../contract/settings.ts';

/** RFC 9110, 9.2.2: carrying these out twice leaves what carrying them out once leaves. */
export const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** What decides, of the settings of any kind. */
export type Known =
  | ({ readonly kind: 'http' } & Pick<HttpSettings, 'idempotencyKeys'>)
  | ({ readonly kind: Exclude<DependencyKind, 'http'> } & Pick<AwsSettings, 'repeatable'>);

/** Whether a call of ours whose result is unknown may be made again. */
export function repeatableAfterAttempt(operation: HttpOperation, settings: Known): boolean {
  if (settings.kind !== 'http') return mayBeCalledAgain(settings);
  return IDEMPOTENT_METHODS.has(operation.method) || settings.idempotencyKeys;
}

/**
 * Whether a round of fetch, compare, resubmit whose result is unknown may be followed by another. No key protects it: the next round
 * sends another version, under another key.
 */
export function repeatableAfterRound({ method }: HttpOperation): boolean {
  return IDEMPOTENT_METHODS.has(method);
}

/**
 * Whether the caller's own call, its result unknown, may be made again. A key protects only against a call that carried the
 * same key, so the event must name the key that the caller used.
 */
export function repeatableAfterReport(operation: HttpOperation, settings: Known): boolean {
  if (settings.kind !== 'http') return mayBeCalledAgain(settings);
  return IDEMPOTENT_METHODS.has(operation.method) || (settings.idempotencyKeys && hasIdempotencyKey(operation));
}

/** A state machine is asked how its execution stands before anything is done with it, so that nothing is begun twice. */
function mayBeCalledAgain({ kind, repeatable }: Extract<Known, { readonly repeatable: boolean }>): boolean {
  return kind === 'state-machine' || repeatable;
}

function hasIdempotencyKey(operation: HttpOperation): boolean {
  return Object.keys(operation.headers ?? {}).some((name) => name.toLowerCase() === 'idempotency-key');
}
