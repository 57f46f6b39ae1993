import { namesOf } from './names-of.ts';

/** Whether an outage of the dependency explains the reason. Other failures were refused, or have an unknown result. */
interface ReasonFacts {
  readonly isOutage: boolean;
}

/** Why Backstop stops retrying. The only list of the reasons of dead letters: all others derive from it. */
const REASON_FACTS = {
  permanent: { isOutage: false },
  conflict: { isOutage: false },
  'no-decision': { isOutage: false },
  abandoned: { isOutage: false },
  exhausted: { isOutage: true },
  deadline: { isOutage: true },
  'unknown-result': { isOutage: false },
  // The config no longer has the dependency.
  unregistered: { isOutage: false },
  // Backstop itself could not finish the failure.
  'handler-failed': { isOutage: false },
} as const satisfies Readonly<Record<string, ReasonFacts>>;

/** Why Backstop stops retrying. Also the `reason` of a dead letter. */
export type DeadLetterReason = keyof typeof REASON_FACTS;

export const DEAD_LETTER_REASONS: readonly DeadLetterReason[] = namesOf(REASON_FACTS);

export function isDeadLetterReason(reason: string | undefined): reason is DeadLetterReason {
  return reason !== undefined && Object.hasOwn(REASON_FACTS, reason);
}

/** Whether the dependency was unreachable for too long, so that a fallback or a later redrive may help. */
export function isOutageReason(reason: string): boolean {
  return isDeadLetterReason(reason) && REASON_FACTS[reason].isOutage;
}

/** Section of the runbook about dead letters with this reason. */
export function deadLetterSection(reason: string): string {
  return `dead-letter-${reason}`;
}
