import type { DeadLetterReason } from '../../lambdas/contract/errors.ts';
import { isDeadLetterReason } from '../../lambdas/domain/redrive/dead-letter-message.ts';

/** What the runbook says to do, in a sentence or two, and the section that says it all. */
export interface Advice {
  readonly text: string;
  readonly section: string;
  /** Whether redriving is what helps, once the cause is mended. */
  readonly redrive: boolean;
}

const BY_REASON: Readonly<Record<DeadLetterReason, Omit<Advice, 'section'>>> = {
  permanent: {
    text: 'The dependency will refuse it every time: correct the data (dlq edit), the credential or the dependency, then redrive.',
    redrive: true,
  },
  conflict: {
    text: 'Somebody else has changed the resource, and it could not be settled: compare, make the change by hand and discard it, or redrive it when it is calmer.',
    redrive: true,
  },
  'no-decision': { text: 'Nobody has decided in time: redriven, the question is asked anew.', redrive: true },
  abandoned: {
    text: 'Somebody has abandoned it: see to the steps that are not undone, then discard it.',
    redrive: false,
  },
  exhausted: { text: 'The dependency kept failing: redrive it when the dependency is well again.', redrive: true },
  deadline: {
    text: 'The time in which it was worth trying is over: redrive it if it still is, or discard it.',
    redrive: true,
  },
  'unknown-result': {
    text: "A call may have taken effect: look in the dependency's own records, by the correlation id. If the effect is there, discard it; if not, have the producer report it under a new id. Redriving gives it back unchanged.",
    redrive: false,
  },
  'handler-failed': { text: 'Backstop itself could not bring it to an end: mend that, then redrive.', redrive: true },
};

const HALF_DONE: Advice = {
  text: 'Completed steps are NOT undone: see which above, undo them by hand or redrive, and only then discard it.',
  section: 'undo-incomplete',
  redrive: true,
};
const NEVER_STORED: Advice = {
  text: "It could not even be stored: the log of its lane's worker says with which error. Mend that, then redrive.",
  section: 'lane-dead-letters',
  redrive: true,
};
const PARKED: Advice = {
  text: 'It was redriven as often as it may be: find out what keeps it from succeeding, mend or edit it, and let it have one more cycle, or discard it.',
  section: 'parked-letters',
  redrive: true,
};

/** What to do about a dead letter. */
export function adviceOn({
  reason,
  compensation,
  isParked,
}: {
  readonly reason: string | undefined;
  readonly compensation: string | undefined;
  readonly isParked: boolean;
}): Advice {
  if (compensation === 'incomplete' || compensation === 'not-run') return HALF_DONE;
  if (isParked) return PARKED;
  if (!isDeadLetterReason(reason)) return NEVER_STORED;
  return { ...BY_REASON[reason], section: `dead-letter-${reason}` };
}
