import type { DeadLetterFacts, DeadLetterMessage } from './dead-letter-message.ts';

/** Selects dead letters. All given conditions must match; a field missing in the dead letter matches no condition. */
export interface DeadLetterFilter {
  /** Ids of failures. One of them must match. */
  readonly ids?: readonly string[];
  readonly dependency?: string;
  /** The empty text stands for failures without a tenant. */
  readonly tenant?: string;
  readonly correlationId?: string;
  readonly verdict?: string;
  readonly rule?: string;
  /** Reasons. One of them must match. */
  readonly reasons?: readonly string[];
  /** Earliest time of dead-lettering, in epoch milliseconds, inclusive. */
  readonly since?: number;
  /** Latest time of dead-lettering, in epoch milliseconds, inclusive. */
  readonly until?: number;
  /** Exempts raw events from `reasons`, since they have none. @default false */
  readonly events?: boolean;
}

/**
 * Whether a dead letter matches the filter.
 *
 * @param sentAt when the message entered the queue, in epoch milliseconds. Used if the dead letter names no time.
 */
export function matches(deadLetter: DeadLetterMessage, sentAt: number, filter: DeadLetterFilter): boolean {
  if (deadLetter.kind === 'other') return false;
  const { facts } = deadLetter;
  const { ids, reasons, since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = filter;
  const at = deadLetterTime(facts, sentAt);
  if (ids && !ids.includes(facts.id)) return false;
  if (at < since || at > until) return false;
  const isExempt = filter.events === true && deadLetter.kind === 'event';
  if (reasons && !isExempt && !reasons.includes(facts.reason ?? '')) return false;
  // Events of AWS name no dependency. They belong to the dependency whose queue holds them.
  const own = deadLetter.kind === 'event' && facts.dependency === undefined ? { dependency: filter.dependency } : {};
  const found = { ...facts, ...own, tenant: facts.tenant ?? '' };
  return EQUAL_FIELDS.every((name) => filter[name] === undefined || filter[name] === found[name]);
}

/** When a failure was dead-lettered, in epoch milliseconds. */
export function deadLetterTime({ deadLetteredAt }: DeadLetterFacts, sentAt: number): number {
  const parsedTime = deadLetteredAt === undefined ? Number.NaN : Date.parse(deadLetteredAt);
  return Number.isNaN(parsedTime) ? sentAt : parsedTime;
}

const EQUAL_FIELDS = [
  'dependency',
  'tenant',
  'correlationId',
  'verdict',
  'rule',
] as const satisfies readonly (keyof DeadLetterFacts)[];
