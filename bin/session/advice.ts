import { type DeadLetterReason, deadLetterSection, isDeadLetterReason } from '../../lambdas/contract/reasons.ts';

/** What to do, in a few sentences, and the runbook section with the details. */
export interface Advice {
  readonly text: string;
  readonly section: string;
  /** Whether a redrive helps once the cause is fixed. */
  readonly redrive: boolean;
}

const BY_REASON: Readonly<Record<DeadLetterReason, Omit<Advice, 'section'>>> = {
  permanent: {
    text: "Retrying can't help. Fix the data (dlq edit), the credential or the dependency, then redrive.",
    redrive: true,
  },
  conflict: {
    text: 'Another writer changed the resource and no rule could settle it. Make the change by hand and discard this, or redrive when fewer writers compete.',
    redrive: true,
  },
  'no-decision': { text: 'Nobody decided in time. Redrive it to be asked again.', redrive: true },
  abandoned: {
    text: 'An operator abandoned it. Check for steps that are not undone, then discard it.',
    redrive: false,
  },
  exhausted: { text: 'The dependency kept failing. Redrive it once the dependency is healthy.', redrive: true },
  deadline: {
    text: 'Its deadline passed. Redrive it if the operation is still useful; otherwise discard it.',
    redrive: true,
  },
  'unknown-result': {
    text: "A call may have taken effect. Search the dependency's records for the correlation id. If the effect is there, discard this; if not, have the producer report it under a new id. A redrive returns it unchanged.",
    redrive: false,
  },
  unregistered: {
    text: 'The config no longer has its dependency. Put the dependency back, deploy, then redrive; or discard it.',
    redrive: true,
  },
  'handler-failed': {
    text: 'Backstop itself failed to finish it. Find the error in its logs, fix it, then redrive.',
    redrive: true,
  },
};

const HALF_DONE: Advice = {
  text: 'Completed steps are NOT undone (see above). Undo them by hand or redrive; only then discard it.',
  section: 'undo-incomplete',
  redrive: true,
};
const NEVER_STORED: Advice = {
  text: 'Backstop never stored it. Find the error in the log of the lane worker, fix it, then redrive.',
  section: 'lane-dead-letters',
  redrive: true,
};
const PARKED: Advice = {
  text: 'It used up its redrive cycles. Find out why it keeps failing and fix or edit it. Then allow one more cycle, or discard it.',
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
  return { ...BY_REASON[reason], section: deadLetterSection(reason) };
}
