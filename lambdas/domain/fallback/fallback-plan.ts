import type { HttpOperation } from '../../contract/failure.ts';
import type { FallbackSettings } from '../../contract/settings.ts';
import { type EffectFacts, isRead, mayHaveTakenEffect } from '../undo/possible-effect.ts';
import type { Found } from './fallback-answer.ts';

/** Why a fallback has no answer. */
export type NoAnswer =
  | 'no-fallback'
  /** The failure is given up for one that no fallback mends. */
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

export type Plan =
  | { readonly action: 'answer'; readonly found: Found }
  /** Look for the last good answer. */
  | { readonly action: 'recall'; readonly maxAgeMs: number }
  /** Send the operation to the backup. */
  | { readonly action: 'forward'; readonly to: string; readonly isChange: boolean }
  | { readonly action: 'none'; readonly because: NoAnswer };

/** Word in a failure's field `fallback` by which a caller says that it wants none. */
const OPT_OUT = 'none';

/** What a dependency's fallback does for a failure. Pure, and the only place where this is decided. */
export function planFallback(fallback: FallbackSettings | undefined, entry: EffectFacts): Plan {
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
      return recall(fallback.maxAgeMs, method);
    case 'read-only':
      if (isRead(method)) return recall(fallback.maxAgeMs, method);
      return { action: 'answer', found: { statusCode: 503, body: json(refusal(mayHaveTakenEffect(entry))) } };
    case 'backup':
      return forward(fallback.dependency, !isRead(method), mayHaveTakenEffect(entry));
    default:
      return fallback satisfies never;
  }
}

/** Answers to other methods are not kept. */
function recall(maxAgeMs: number, method: HttpOperation['method']): Plan {
  return method === 'GET' ? { action: 'recall', maxAgeMs } : { action: 'none', because: 'only-for-reads' };
}

/** A change must not happen at two dependencies. */
function forward(to: string, isChange: boolean, mayHaveTakenEffect: boolean): Plan {
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
