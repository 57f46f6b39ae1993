import type { HttpOperation } from '../../contract/failure.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { Verdict } from '../../contract/verdict.ts';

/** An answer to a call that repeats one with an unknown result. */
interface Repetition {
  readonly operation: HttpOperation;
  readonly settings: DependencySettings;
  /** Verdict if the call were the first one. */
  readonly verdict: Verdict;
}

const CONFLICTS: ReadonlySet<string> = new Set(['http-conflict', 'http-conflict-named']);

/** Whether the earlier call has done the work: what a `DELETE` should remove is gone. */
export function isDoneBefore({ operation, verdict }: Pick<Repetition, 'operation' | 'verdict'>): boolean {
  return operation.method === 'DELETE' && verdict.rule === 'http-not-found';
}

/**
 * Whether the dependency still works on the earlier call. It answers so to a repetition with the same `Idempotency-Key`
 * (draft-ietf-httpapi-idempotency-key-header, section 2.7), and to a `DELETE` of what is being deleted.
 */
export function isUnderWay({ operation, settings, verdict }: Repetition): boolean {
  if (verdict.rule !== 'http-conflict' || settings.kind !== 'http') return false;
  return settings.idempotencyKeys || operation.method === 'DELETE';
}

/**
 * Whether the earlier call itself may be what the repetition conflicts with. It has changed the version, or created
 * what must not exist. A dependency that knows the key would have repeated its answer instead.
 */
export function mayBeOwnConflict({ settings, verdict }: Repetition): boolean {
  if (verdict.rule === 'http-precondition') return true;
  return CONFLICTS.has(verdict.rule) && settings.kind === 'http' && !settings.idempotencyKeys;
}

/** The verdict while the dependency works on the earlier call. Another call with the same key learns its result. */
export function underWay({ retryAfterMs }: Verdict): Verdict {
  const verdict = { kind: 'transient', category: 'timeout-or-deadlock', effect: 'unknown' } as const;
  return { ...verdict, rule: 'repetition-under-way', ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
