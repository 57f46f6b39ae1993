import { isUrgent, needsHuman, type Trouble } from './situation.ts';
import { clockTime, count, listed } from './text.ts';

/** The first thing that an operator reads. */
export interface Headline {
  readonly tone: 'bad' | 'warn' | 'good';
  /** What is down, or whether to act. */
  readonly title: string;
  /** What waits, what Backstop does by itself, and whether to act. */
  readonly text: string;
}

interface Known {
  readonly troubles: readonly Trouble[];
  /** Decisions that wait for a human. */
  readonly questions: number;
  readonly hasAlarms: boolean;
  /** Whether the counts are a sample. @default false */
  readonly isAbout?: boolean;
  /** In epoch milliseconds. */
  readonly now: number;
}

const HEALS = 'nothing is lost, Backstop retries when it is well';

/** Says what is down, what waits for it, and whether a human must act. */
export function headlineOf({ troubles, questions, hasAlarms, isAbout = false, now }: Known): Headline {
  const urgent = troubles.filter(({ incidents }) => incidents.some(isUrgent));
  const down = troubles.filter(({ condition }) => condition === 'down' || condition === 'held');
  const needed = troubles.filter(({ incidents }) => incidents.some(needsHuman));
  const tone = urgent.length > 0 ? 'bad' : down.length + needed.length + questions > 0 || hasAlarms ? 'warn' : 'good';
  const state = stateTitle(troubles, down, now);
  const waiting = waitText(down, isAbout, now);
  if (urgent.length > 0) return { tone, title: `Act now: ${urgentTitle(urgent, down, now)}`, text: waiting };
  const later = laterText(
    needed.filter((trouble) => !down.includes(trouble)),
    questions,
  );
  if (down.length > 0) return { tone, title: state, text: `${waiting} ${later}` };
  if (needed.length + questions > 0) {
    const names = needed.length > 0 ? `: ${listed(needed.map(({ dependency }) => dependency))}` : '';
    return { tone, title: `A human is needed, but not at once${names}`, text: state };
  }
  return { tone, title: 'Nobody needs to act', text: state };
}

/** `payments is down since 03:02 UTC`. */
export function stateOf(trouble: Trouble, now: number): string {
  const { dependency, condition } = trouble;
  const verb = condition === 'recovered' || condition === 'up' ? '' : ' is';
  return `${dependency}${verb} ${conditionText(trouble, now)}`.trimEnd();
}

/** `down for acme since 03:02 UTC`. Names the tenant, if the circuit is that of one tenant. */
export function conditionText({ condition, since, circuits }: Trouble, now: number): string {
  const tenants = circuits.flatMap(({ circuit }) => circuit.split('/')[1] ?? []);
  const whose =
    tenants.length === 0 ? '' : tenants.length === 1 ? ` for ${tenants[0]}` : ` for ${tenants.length} tenants`;
  const time = since === undefined ? '' : clockTime(since, now);
  const from = since === undefined ? '' : ` since ${time}`;
  switch (condition) {
    case 'down':
      return `down${whose}${from}`;
    case 'held':
      return `held back${whose} by ${circuits[0]?.by ?? 'an operator'}${from}`;
    case 'recovering':
      return `recovering${whose}${from}`;
    case 'recovered':
      return `recovered at ${time}`;
    case 'up':
      return '';
    default:
      return condition satisfies never;
  }
}

function stateTitle(troubles: readonly Trouble[], down: readonly Trouble[], now: number): string {
  const [only] = down;
  if (only !== undefined) return down.length === 1 ? stateOf(only, now) : `${down.length} dependencies are down`;
  return troubles
    .filter(({ condition }) => condition === 'recovering' || condition === 'recovered')
    .map((trouble) => `${stateOf(trouble, now)}${trouble.waiting > 0 ? `, ${trouble.waiting} draining` : ''}.`)
    .join(' ');
}

function urgentTitle(urgent: readonly Trouble[], down: readonly Trouble[], now: number): string {
  const [only] = urgent;
  if (urgent.length !== 1 || only === undefined) return `${urgent.length} dependencies need you`;
  if (down.includes(only)) return stateOf(only, now);
  return only.incidents.find(isUrgent)?.summary ?? only.dependency;
}

function waitText(down: readonly Trouble[], isAbout: boolean, now: number): string {
  const about = isAbout ? 'about ' : '';
  const [only] = down;
  if (only === undefined) return '';
  if (down.length > 1) {
    const each = down.map((trouble) => `${stateOf(trouble, now)}: ${waits(trouble.waiting, about)}`);
    return `${each.join('. ')}. Nothing is lost, Backstop retries when they are well.`;
  }
  const { waiting, condition } = only;
  const what = waits(waiting, about);
  if (condition === 'held') return `${what}, nothing is lost. No call passes until somebody releases the circuit.`;
  return waiting === 0 ? `${what}, Backstop tries again by itself.` : `${what}, ${HEALS}.`;
}

function waits(waiting: number, about: string): string {
  if (waiting === 0) return 'nothing waits';
  return `${about}${waiting.toLocaleString('en')} ${waiting === 1 ? 'waits' : 'wait'}`;
}

/** What a human may do later, beside an outage that heals by itself. */
function laterText(others: readonly Trouble[], questions: number): string {
  const incidents = others.flatMap((trouble) => trouble.incidents.filter(needsHuman)).length;
  const parts = [
    ...(incidents > 0 ? [count(incidents, 'other incident')] : []),
    ...(questions > 0 ? [count(questions, 'decision')] : []),
  ];
  return `No action needed yet${parts.length === 0 ? '' : `; ${listed(parts)} can wait until working hours`}.`;
}
