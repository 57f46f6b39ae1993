import * as v from 'valibot';
import type { DeadLetterReason } from '../../contract/errors.ts';
import { isPlainObject } from '../../contract/json-round-trip.ts';
import { adaptAwsEvent } from '../boundary/aws-events.ts';

/** What a message of a dead-letter queue says of itself. None of it is trusted: the lane goes by the ledger. */
export interface LetterFacts {
  /** Id of the failure. */
  readonly id: string;
  readonly correlationId?: string | undefined;
  readonly dependency?: string | undefined;
  readonly tenant?: string | undefined;
  readonly priority?: string | undefined;
  readonly reason?: string | undefined;
  readonly verdict?: string | undefined;
  readonly rule?: string | undefined;
  readonly attempts?: number | undefined;
  readonly cycle?: number | undefined;
  readonly compensation?: string | undefined;
  readonly conflict?: string | undefined;
  readonly deadLetteredAt?: string | undefined;
}

export type Letter =
  /** A dead letter of ours, whose failure is in the ledger. */
  | { readonly kind: 'letter'; readonly facts: LetterFacts }
  /** An event as it came: it could not even be stored, or not be delivered. */
  | { readonly kind: 'event'; readonly facts: LetterFacts }
  | { readonly kind: 'other' };

const OTHER: Letter = { kind: 'other' };
export const LETTER_KIND = 'backstop-dead-letter';
const EVENT_TYPE = 'Operation Failed';

const REASONS = [
  ...(['permanent', 'conflict', 'no-decision', 'abandoned', 'exhausted', 'deadline', 'unknown-result'] as const),
  'handler-failed',
] as const satisfies readonly DeadLetterReason[];

export function isDeadLetterReason(reason: string | undefined): reason is DeadLetterReason {
  return REASONS.some((each) => each === reason);
}

/** A field that is of no use is as good as absent: what a letter says beside its id only helps to find it. */
const text = v.fallback(v.optional(v.string()), undefined);
const count = v.fallback(v.optional(v.number()), undefined);

const Facts = v.object({
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)),
  ...{ correlationId: text, dependency: text, tenant: text, priority: text, reason: text, verdict: text, rule: text },
  ...{ attempts: count, cycle: count, compensation: text, conflict: text, deadLetteredAt: text },
});

/** Reads a message of a dead-letter queue. Never throws, whatever the message is. */
export function readLetter(body: string): Letter {
  let message: unknown;
  try {
    message = JSON.parse(body);
  } catch {
    return OTHER;
  }
  if (!isPlainObject(message)) return OTHER;
  if (message.kind === LETTER_KIND) return withFacts('letter', message);
  const ofAws = adaptAwsEvent(message, '', 'state-machine') ?? adaptAwsEvent(message, '', 'lambda');
  if (ofAws) return withFacts('event', { id: ofAws.detail.id, correlationId: ofAws.detail.correlationId });
  const isWhole = Object.hasOwn(message, 'detail-type');
  if (isWhole && message['detail-type'] !== EVENT_TYPE) return OTHER;
  const detail = isWhole ? message.detail : message;
  if (!isPlainObject(detail) || !isPlainObject(detail.operation)) return OTHER;
  const { id, correlationId, dependency, tenant, priority } = detail;
  return withFacts('event', { id, correlationId, dependency, tenant, priority });
}

function withFacts(kind: 'letter' | 'event', message: unknown): Letter {
  const result = v.safeParse(Facts, message);
  return result.success ? { kind, facts: result.output } : OTHER;
}
