import type { HttpOperation } from '../../contract/failure.ts';
import type { AwsSettings, DependencyKind, HttpSettings } from '../../contract/settings.ts';

/** Idempotent methods (RFC 9110, section 9.2.2): repeating a call leaves the same state as one call. */
export const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** The settings that decide whether a call may be repeated, for each kind of dependency. */
export type RepeatabilitySettings =
  | ({ readonly kind: 'http' } & Pick<HttpSettings, 'idempotencyKeys'>)
  | ({ readonly kind: Exclude<DependencyKind, 'http'> } & Pick<AwsSettings, 'repeatable'>);

/** Whether one of Backstop's own calls may be repeated if its result is unknown. */
export function repeatableAfterAttempt(operation: HttpOperation, settings: RepeatabilitySettings): boolean {
  if (settings.kind !== 'http') return isAwsCallRepeatable(settings);
  return IDEMPOTENT_METHODS.has(operation.method) || settings.idempotencyKeys;
}

/**
 * Whether another round (fetch, compare, resubmit) may follow one with an unknown result. No idempotency key protects
 * it: each round sends another version under another key.
 */
export function repeatableAfterRound({ method }: HttpOperation): boolean {
  return IDEMPOTENT_METHODS.has(method);
}

/**
 * Whether the caller's own call may be repeated if its result is unknown. A key protects only against a call with the
 * same key, so the event must name the key that the caller used.
 */
export function repeatableAfterReport(operation: HttpOperation, settings: RepeatabilitySettings): boolean {
  if (settings.kind !== 'http') return isAwsCallRepeatable(settings);
  return IDEMPOTENT_METHODS.has(operation.method) || (settings.idempotencyKeys && hasIdempotencyKey(operation));
}

/**
 * For a state machine always true: Backstop checks the execution's status before each redrive, so nothing starts twice.
 */
function isAwsCallRepeatable({
  kind,
  repeatable,
}: Extract<RepeatabilitySettings, { readonly repeatable: boolean }>): boolean {
  return kind === 'state-machine' || repeatable;
}

function hasIdempotencyKey(operation: HttpOperation): boolean {
  return Object.keys(operation.headers ?? {}).some((name) => name.toLowerCase() === 'idempotency-key');
}
