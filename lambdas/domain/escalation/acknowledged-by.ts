import type { OperatorAction } from '../../contract/operator-actions.ts';
import { DEAD_LETTER_REASONS, isOutageReason } from '../../contract/reasons.ts';
import type { DeadLetterFilter } from '../redrive/dead-letter-filter.ts';
import { DECISION_NEEDED, UNREACHABLE } from './cause.ts';
import type { Incident, Incidents } from './incident.ts';
import { isOngoing } from './incident-changes.ts';
import type { FailureSample } from './signal.ts';

/** What an operator acts on: of one dependency. */
export interface ActedOn {
  readonly action: OperatorAction;
  readonly failureId?: string | undefined;
  /** The dead letters that the action takes from the lane's queue. @default - none, or that of the failure */
  readonly letters?: DeadLetterFilter | undefined;
  /** The incident to acknowledge. @default - all of the dependency */
  readonly cause?: string | undefined;
}

/**
 * Causes of the open incidents that an action acknowledges: those that it addresses as a whole. An operator who handles
 * one dead letter has not seen the others, and nobody else would be paged for them.
 *
 * What is half undone, an alarm and a saga end in no single action, so only an acknowledgement speaks for them.
 */
export function acknowledgedBy(acted: ActedOn, state: Incidents): readonly string[] {
  const open = Object.values(state.incidents).filter((each) => each.state === 'open');
  return open.filter((incident) => addresses(acted, incident, state)).map(({ cause }) => cause);
}

function addresses({ action, failureId, letters, cause }: ActedOn, incident: Incident, state: Incidents): boolean {
  switch (action) {
    case 'incident-acknowledged':
      return cause === undefined || incident.cause === cause;
    case 'circuit-forced':
    case 'circuit-released':
      return incident.cause === UNREACHABLE;
    case 'decide':
      return incident.cause === DECISION_NEEDED && state.questions.every((each) => each === failureId);
    case 'redrive':
    case 'discard':
    case 'edit': {
      const handled = letters ?? (failureId === undefined ? undefined : { ids: [failureId] });
      return handled !== undefined && isOfDeadLetters(incident, state) && coversAll(handled, incident);
    }
    // A lane that waits solves nothing, and who only looks has acknowledged nothing.
    case 'lane-paused':
    case 'lane-resumed':
    case 'reveal':
      return false;
    default:
      return action satisfies never;
  }
}

/** Whether the incident ends when its dead letters are handled. An open circuit outlasts them. */
function isOfDeadLetters({ cause }: Incident, { openCircuits }: Incidents): boolean {
  if (cause === UNREACHABLE) return openCircuits.length === 0;
  return partsOf(cause) !== undefined;
}

/** Whether a filter lets no dead letter of the incident out. */
function coversAll(letters: DeadLetterFilter, incident: Incident): boolean {
  const { ids, reasons, rule, dependency: _, events: __, ...others } = letters;
  const isNarrower = ids !== undefined || Object.values(others).some((condition) => condition !== undefined);
  if (!isNarrower && coversCause({ reasons, rule }, incident.cause)) return true;
  return hasAllSamples(incident) && incident.samples.every((sample) => coversSample(letters, sample));
}

function coversCause({ reasons, rule }: Pick<DeadLetterFilter, 'reasons' | 'rule'>, cause: string): boolean {
  const parts = partsOf(cause);
  if (parts) return (reasons?.includes(parts.reason) ?? true) && (rule === undefined || rule === parts.rule);
  return (
    rule === undefined && DEAD_LETTER_REASONS.filter(isOutageReason).every((each) => reasons?.includes(each) ?? true)
  );
}

/** Whether the incident names each of its dead letters. */
function hasAllSamples({ samples, count }: Incident): boolean {
  return samples.length > 0 && samples.length >= count;
}

function coversSample(letters: DeadLetterFilter, sample: FailureSample): boolean {
  const { ids, reasons, rule, tenant, correlationId, verdict, since, until } = letters;
  // A sample has neither its verdict nor its time.
  if ([verdict, since, until].some((condition) => condition !== undefined)) return false;
  return (
    (ids?.includes(sample.failureId) ?? true) &&
    (reasons?.includes(sample.reason) ?? true) &&
    (rule ?? sample.rule) === sample.rule &&
    (correlationId ?? sample.correlationId) === sample.correlationId &&
    (tenant ?? sample.tenant ?? '') === (sample.tenant ?? '')
  );
}

/** Reason and rule of a cause that is about dead letters, such as `permanent:http-422`. */
function partsOf(cause: string): { readonly reason: string; readonly rule: string } | undefined {
  const end = cause.indexOf(':');
  const reason = DEAD_LETTER_REASONS.find((each) => each === cause.slice(0, end));
  return reason === undefined ? undefined : { reason, rule: cause.slice(end + 1) };
}

/** The open incidents of an action, as an operator reads them before it. */
export function acknowledgements(acted: ActedOn, state: Incidents) {
  const causes = acknowledgedBy(acted, state);
  const ongoing = Object.values(state.incidents).filter(isOngoing);
  return {
    acknowledges: ongoing.filter(({ cause }) => causes.includes(cause)),
    keeps: ongoing.filter((each) => each.state === 'open' && !causes.includes(each.cause)),
  };
}
