import type { DeadLetterReason } from '../../contract/reasons.ts';

/** What to do about dead letters of one reason. */
export interface DeadLetterAdvice {
  /** For the reader of one dead letter, in a few sentences. */
  readonly text: string;
  /** For an alert, after when to act. */
  readonly action: string;
  /** What happens without a human. */
  readonly byItself: string;
  /** Whether a redrive helps once the cause is fixed. */
  readonly redrive: boolean;
}

const KEPT = 'Dead letters wait 14 days';
const AFTER_OUTAGE = {
  action: 'repair the dependency, then redrive the dead letters',
  byItself: `${KEPT}. Backstop redrives them only where automatic redrive is on`,
  redrive: true,
} as const;

/** The only place that says what to do: the tool, the console and the alerts read it. */
export const DEAD_LETTER_ADVICE: Readonly<Record<DeadLetterReason, DeadLetterAdvice>> = {
  permanent: {
    text: "Retrying can't help. Fix the data (dlq edit), the credential or the dependency, then redrive.",
    action: 'repair the cause, then redrive or discard the dead letters',
    byItself: `Nothing. Another attempt would fail the same way. ${KEPT}`,
    redrive: true,
  },
  conflict: {
    text: 'Another writer changed the resource and no rule could settle it. Make the change by hand and discard this, or redrive when fewer writers compete.',
    action: 'make the changes by hand and discard the dead letters, or redrive when fewer writers compete',
    byItself: `Nothing. No rule could settle the conflict. ${KEPT}`,
    redrive: true,
  },
  'no-decision': {
    text: 'Nobody decided in time. Redrive it to be asked again.',
    action: 'redrive the dead letters, then decide the questions',
    byItself: `Nothing. Only a human can decide. ${KEPT}`,
    redrive: true,
  },
  abandoned: {
    text: 'An operator abandoned it. Check for steps that are not undone, then discard it.',
    action: 'check for steps that are not undone, then discard the dead letters',
    byItself: `Nothing. An operator abandoned them. ${KEPT}`,
    redrive: false,
  },
  exhausted: {
    text: 'The dependency kept failing. Redrive it once the dependency is healthy.',
    ...AFTER_OUTAGE,
  },
  deadline: {
    text: 'Its deadline passed. Redrive it if the operation is still useful; otherwise discard it.',
    ...AFTER_OUTAGE,
  },
  'unknown-result': {
    text: "A call may have taken effect. Search the dependency's records for the correlation id. If the effect is there, discard this; if not, have the producer report it under a new id. A redrive returns it unchanged.",
    action: "search the dependency's records for each correlation id. A redrive returns the dead letters unchanged",
    byItself: `Nothing. Another attempt could take effect twice. ${KEPT}`,
    redrive: false,
  },
  unregistered: {
    text: 'The config no longer has its dependency. Put the dependency back, deploy, then redrive; or discard it.',
    action: 'put the dependency back into the config and redrive, or discard the dead letters',
    byItself: `Nothing. The config no longer has the dependency. ${KEPT}`,
    redrive: true,
  },
  'handler-failed': {
    text: 'Backstop itself failed to finish it. Find the error in its logs, fix it, then redrive.',
    action: "find the error in Backstop's logs and fix it, then redrive the dead letters",
    byItself: `Nothing. ${KEPT}`,
    redrive: true,
  },
};
