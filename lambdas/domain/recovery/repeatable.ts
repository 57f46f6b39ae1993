import type { HttpOperation } from '../../contract/failure.ts';
import type { AwsSettings, DependencyKind, HttpSettings } from '../../contract/settings.ts';
import { DAY_MS } from '../../contract/time.ts';

/** Idempotent methods (RFC 9110, section 9.2.2): repeating a call leaves the same state as one call. */
export const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** The settings that decide whether a call may be repeated, for each kind of dependency. */
export type RepeatabilitySettings =
  | ({ readonly kind: 'http' } & Pick<HttpSettings, 'idempotencyKeys' | 'idempotencyKeyLifetimeMs'>)
  | ({ readonly kind: Exclude<DependencyKind, 'http'> } & Pick<AwsSettings, 'repeatable'>);

/** How old the protection of an idempotency key is. All in epoch milliseconds. */
export interface KeyAge {
  /** When the first call was made that may have had an effect. Absent if none was. */
  readonly firstCallAt: number | undefined;
  readonly now: number;
}

/**
 * How long an API keeps a key, in milliseconds, unless the config says otherwise. Most name a day:
 * https://courier.com/docs/reference/idempotent-requests
 */
const DEFAULT_KEY_LIFETIME_MS = DAY_MS;

/**
 * How much earlier Backstop stops to trust a key, in milliseconds. The first call began before it was noted: a caller's
 * by at most the 15 minutes of a Lambda function, Backstop's own by its lease.
 */
const KEY_MARGIN_MS = 15 * 60_000;

/** Whether one of Backstop's own calls may be repeated if its result is unknown. */
export function repeatableAfterAttempt(
  operation: HttpOperation,
  settings: RepeatabilitySettings,
  age: KeyAge,
): boolean {
  if (settings.kind !== 'http') return isAwsCallRepeatable(settings);
  return IDEMPOTENT_METHODS.has(operation.method) || isKeyKept(settings, age);
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
export function repeatableAfterReport(operation: HttpOperation, settings: RepeatabilitySettings, age: KeyAge): boolean {
  if (settings.kind !== 'http') return isAwsCallRepeatable(settings);
  return IDEMPOTENT_METHODS.has(operation.method) || (isKeyKept(settings, age) && hasIdempotencyKey(operation));
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

/** Whether the dependency still knows the key of the first call. Afterwards, a repetition is a new call. */
function isKeyKept(
  {
    idempotencyKeys,
    idempotencyKeyLifetimeMs = DEFAULT_KEY_LIFETIME_MS,
  }: Extract<RepeatabilitySettings, { readonly kind: 'http' }>,
  { firstCallAt, now }: KeyAge,
): boolean {
  if (!idempotencyKeys || firstCallAt === undefined) return idempotencyKeys;
  return now < firstCallAt + idempotencyKeyLifetimeMs - KEY_MARGIN_MS;
}

function hasIdempotencyKey(operation: HttpOperation): boolean {
  return Object.keys(operation.headers ?? {}).some((name) => name.toLowerCase() === 'idempotency-key');
}
