import * as v from 'valibot';
import { OPERATION_FAILED } from '../../contract/events.ts';
import { isPlainObject } from '../../contract/json-round-trip.ts';
import { adaptAwsEvent } from '../boundary/aws-events.ts';

/** Facts in a message of a dead-letter queue. Untrusted: the lane decides by the ledger. */
export interface DeadLetterFacts {
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

/** A parsed message of a dead-letter queue. `other`: not from Backstop. */
export type DeadLetterMessage =
  /** A dead letter written by Backstop. Its failure is in the ledger. */
  | { readonly kind: 'letter'; readonly facts: DeadLetterFacts }
  /** A raw event that could not be stored or delivered. */
  | { readonly kind: 'event'; readonly facts: DeadLetterFacts }
  | { readonly kind: 'other' };

const OTHER: DeadLetterMessage = { kind: 'other' };
const DEAD_LETTER_KIND = 'backstop-dead-letter';

/** Ignores invalid fields. All fields but the id only help to find a dead letter. */
const text = v.fallback(v.optional(v.string()), undefined);
const count = v.fallback(v.optional(v.number()), undefined);

const Facts = v.object({
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)),
  correlationId: text,
  dependency: text,
  tenant: text,
  priority: text,
  reason: text,
  verdict: text,
  rule: text,
  attempts: count,
  cycle: count,
  compensation: text,
  conflict: text,
  deadLetteredAt: text,
});

/** Parses a message of a dead-letter queue. Never throws. */
export function readDeadLetter(body: string): DeadLetterMessage {
  let message: unknown;
  try {
    message = JSON.parse(body);
  } catch {
    return OTHER;
  }
  if (!isPlainObject(message)) return OTHER;
  if (message.kind === DEAD_LETTER_KIND) return withFacts('letter', message);
  const ofAws = adaptAwsEvent(message, '', 'state-machine') ?? adaptAwsEvent(message, '', 'lambda');
  if (ofAws) return withFacts('event', { id: ofAws.detail.id, correlationId: ofAws.detail.correlationId });
  const isWhole = Object.hasOwn(message, 'detail-type');
  if (isWhole && message['detail-type'] !== OPERATION_FAILED) return OTHER;
  const detail = isWhole ? message.detail : message;
  if (!isPlainObject(detail) || !isPlainObject(detail.operation)) return OTHER;
  const { id, correlationId, dependency, tenant, priority } = detail;
  return withFacts('event', { id, correlationId, dependency, tenant, priority });
}

function withFacts(kind: 'letter' | 'event', message: unknown): DeadLetterMessage {
  const result = v.safeParse(Facts, message);
  return result.success ? { kind, facts: result.output } : OTHER;
}
