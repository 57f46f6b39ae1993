import type { HttpOperation } from '../../contract/failure.ts';
import type { FallbackSettings } from '../../contract/settings.ts';
import { type EffectFacts, isRead, mayHaveTakenEffect } from '../undo/possible-effect.ts';
import type { FallbackResult } from './fallback-answer.ts';

/** Why a fallback gives no answer. */
export type NoAnswerReason =
  | 'no-fallback'
  /** The failure ended for a reason that fallbacks don't cover. */
  | 'other-reason'
  | 'opted-out'
  | 'only-for-reads'
  | 'may-have-taken-effect'
  | 'nothing-kept'
  | 'too-old'
  | 'backup-unregistered'
  | 'backup-circuit-open'
  | 'backup-not-called'
  | 'backup-failed';

/** What a fallback does for a failure. */
export type FallbackPlan =
  | { readonly action: 'answer'; readonly found: FallbackResult }
  /** Use the last good answer. */
  | { readonly action: 'recall'; readonly maxAgeMs: number }
  /** Send the operation to the backup. */
  | { readonly action: 'forward'; readonly to: string; readonly isChange: boolean }
  | { readonly action: 'none'; readonly because: NoAnswerReason };

/** Value of a failure's `fallback` field by which the caller declines any fallback. */
const OPT_OUT = 'none';

/** Selects what a dependency's fallback does for a failure. The only place that makes this decision. */
export function planFallback(fallback: FallbackSettings | undefined, entry: EffectFacts): FallbackPlan {
  const { failure } = entry;
  if (!fallback || !failure) return { action: 'none', because: 'no-fallback' };
  if (failure.fallback === OPT_OUT) return { action: 'none', because: 'opted-out' };
  const { method } = failure.operation;
  switch (fallback.kind) {
    case 'static':
      return { action: 'answer', found: { statusCode: 200, body: json(fallback.answer) } };
    case 'skip':
      return { action: 'answer', found: { statusCode: 204 } };
    case 'last-good':
      return planRecall(fallback.maxAgeMs, method);
    case 'read-only':
      if (isRead(method)) return planRecall(fallback.maxAgeMs, method);
      return { action: 'answer', found: { statusCode: 503, body: json(refusal(mayHaveTakenEffect(entry))) } };
    case 'backup':
      return planForward(fallback.dependency, !isRead(method), mayHaveTakenEffect(entry));
    default:
      return fallback satisfies never;
  }
}

/** Backstop stores last good answers to GET only. */
function planRecall(maxAgeMs: number, method: HttpOperation['method']): FallbackPlan {
  return method === 'GET' ? { action: 'recall', maxAgeMs } : { action: 'none', because: 'only-for-reads' };
}

/** A change must not take effect at two dependencies. */
function planForward(to: string, isChange: boolean, mayHaveTakenEffect: boolean): FallbackPlan {
  if (isChange && mayHaveTakenEffect) return { action: 'none', because: 'may-have-taken-effect' };
  return { action: 'forward', to, isChange };
}

function refusal(mayHaveTakenEffect: boolean) {
  const message = mayHaveTakenEffect
    ? 'changes are refused for now; an earlier call may have made this change'
    : 'changes are refused for now; this change was not made';
  return { error: 'ReadOnly', message };
}

function json(value: unknown) {
  return { contentType: 'application/json', text: JSON.stringify(value) };
}
