import { applySignal } from '../../../../lambdas/domain/escalation/apply-signal.ts';
import { type Incidents, NO_INCIDENTS } from '../../../../lambdas/domain/escalation/incident.ts';
import type { Signal } from '../../../../lambdas/domain/escalation/signal.ts';

/** Both channels get incidents. The pager gets acknowledgements, too. */
export const OPTIONS = { channels: ['pager', 'chat'], acknowledgedIn: ['pager'] };

/** Incidents after these signals. */
export const all = (...signals: readonly Signal[]) =>
  signals.reduce((state, signal) => applySignal(state, signal, OPTIONS), NO_INCIDENTS);

/** Messages to the pager, as `telling cause#number`. */
export const pages = ({ untold }: Incidents) =>
  untold
    .filter(({ channel }) => channel === 'pager')
    .map(({ telling, cause, number }) => `${telling} ${cause}#${number}`);
