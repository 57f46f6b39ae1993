import { CIRCUIT_CHANGED } from '../../lambdas/contract/events.ts';
import { failureKey } from '../../lambdas/contract/failure-key.ts';
import { causeOfDeadLetter } from '../../lambdas/domain/escalation/cause.ts';
import type { Incident } from '../../lambdas/domain/escalation/incident.ts';
import { readSignal } from '../../lambdas/domain/escalation/signal.ts';
import type { Violation } from './facts.ts';
import { type Alerts, CHANNELS, type Told } from './story/alerts.ts';
import type { Services } from './story/services.ts';

type Check = (alerts: Alerts, services: Services) => readonly string[];

/** Promises about what humans hear. */
const INVARIANTS: Readonly<Record<string, Check>> = {
  'every dead letter belongs to an incident': (alerts, { settings }) =>
    alerts.events.flatMap(({ type, detail }) => {
      const body = JSON.stringify({
        'detail-type': type,
        time: '2026-01-01T00:00:00.000Z',
        detail: JSON.parse(detail),
      });
      if (type === CIRCUIT_CHANGED || alerts.undelivered.some((each) => each.includes(detail))) return [];
      const signal = readSignal(body, { settingsOf: (name) => settings.get(name), arrivedAt: Number.MAX_SAFE_INTEGER });
      if (signal?.kind !== 'dead-letter') return [];
      const { cause } = causeOfDeadLetter(signal);
      return alerts.incidentsOf(signal.dependency).incidents[cause] ? [] : [`${signal.sample.failureId}: ${cause}`];
    }),
  'every channel hears of each incident, and of its end': (alerts) =>
    incidentsIn(alerts).flatMap(({ subject, cause, number, state }) => {
      const wanted = state === 'resolved' ? ['trigger', 'resolve'] : ['trigger'];
      return CHANNELS.flatMap((channel) =>
        wanted
          .filter((telling) => countOf(alerts.told, { subject, channel, telling, cause, number }) === 0)
          .map((telling) => `${channel} has no ${telling} of ${cause} ${number}`),
      );
    }),
  'a channel hears of an incident once, unless a fault repeats it': (alerts, { world }) => {
    const strikes = world.faults.made.filter(({ at }) => /notifier|signals|bus: signal|machine tells/.test(at)).length;
    const twice = alerts.told.filter((each) => countOf(alerts.told, each) > 1 + strikes);
    return twice.map(({ channel, telling, cause, number }) => `${channel}: ${telling} of ${cause} ${number}`);
  },
  'a channel hears of the beginning before the end': (alerts) =>
    alerts.told
      .filter((each, at) => each.telling !== 'trigger' && countOf(alerts.told.slice(0, at), begun(each)) === 0)
      .map(({ channel, cause, number }) => `${channel}: ${cause} ${number}`),
  'an incident of an outage lasts as long as its circuit is open': (alerts) => {
    if (alerts.undelivered.length > 0) return [];
    return [...lastChanges(alerts)].flatMap(([circuit, { to, dependency }]) => {
      const isKnown = alerts.incidentsOf(dependency).openCircuits.includes(circuit);
      const isOpen = to === 'open';
      // While it probes or ramps up, an earlier incident continues.
      return isKnown === isOpen || (to !== 'open' && to !== 'closed')
        ? []
        : [`${circuit} is ${to}, and the incident ${isKnown ? 'goes on' : 'has ended'}`];
    });
  },
  'nobody is asked for a decision that is taken': (alerts, { entries }) => {
    if (alerts.undelivered.length > 0) return [];
    const settled = [...entries.all].filter(({ state }) => state === 'settled');
    return settled
      .filter(({ id, dependency }) => alerts.incidentsOf(dependency).questions.includes(id))
      .map((entry) => failureKey(entry));
  },
};

/** Checks what humans heard in a schedule. */
export function misheard(services: Services): readonly Violation[] {
  const { alerts } = services;
  if (!alerts) return [];
  return Object.entries(INVARIANTS).flatMap(([invariant, check]) => {
    const [about] = check(alerts, services);
    return about === undefined ? [] : [{ invariant, about }];
  });
}

/** All subjects of incidents: the dependencies, and Backstop itself. */
export const SUBJECTS = ['payments', 'stock', 'backup', ''];

function incidentsIn(alerts: Alerts): readonly (Incident & { readonly subject: string })[] {
  return SUBJECTS.flatMap((subject) =>
    Object.values(alerts.incidentsOf(subject).incidents).map((incident) => ({ subject, ...incident })),
  );
}

function countOf(told: readonly Told[], { subject, channel, telling, cause, number }: Told): number {
  return told.filter(
    (each) =>
      each.subject === subject &&
      each.channel === channel &&
      each.telling === telling &&
      each.cause === cause &&
      each.number === number,
  ).length;
}

function begun(told: Told): Told {
  return { ...told, telling: 'trigger' };
}

interface Change {
  readonly circuit: string;
  readonly dependency: string;
  readonly to: string;
  readonly sequence: number;
}

/** The last change of each circuit. */
function lastChanges({ events }: Alerts): ReadonlyMap<string, Change> {
  const changes = events
    .filter(({ type }) => type === CIRCUIT_CHANGED)
    .map(({ detail }): Change => JSON.parse(detail))
    .toSorted((one, other) => one.sequence - other.sequence);
  return new Map(changes.map((change) => [change.circuit, change]));
}
