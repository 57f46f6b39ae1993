import { isUrgent, needsHuman, type Trouble } from './situation.ts';
import { capital, clockTime, count, listed } from './text.ts';

/** The first thing that an operator reads. */
export interface Headline {
  readonly tone: 'bad' | 'warn' | 'good';
  /** What is down, or whether to act. */
  readonly title: string;
  /** What waits, what Backstop does by itself, and whether to act. */
  readonly text: string;
  /** What is urgent besides what the title says. */
  readonly act?: string | undefined;
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

/** Says what is down, what waits for it, and whether a human must act. */
export function headlineOf({ troubles, questions, hasAlarms, isAbout = false, now }: Known): Headline {
  const urgent = troubles.filter(({ incidents }) => incidents.some(isUrgent));
  const down = troubles.filter(isDown);
  const needed = troubles.filter(({ incidents }) => incidents.some(needsHuman));
  const isCalm = down.length + needed.length + questions === 0 && !hasAlarms;
  const tone = urgent.length > 0 ? 'bad' : isCalm ? 'good' : 'warn';
  if (down.length > 0) {
    const others = urgent.filter((trouble) => !isDown(trouble));
    const prefix = others.length < urgent.length ? 'Act now: ' : '';
    const title = `${prefix}${downTitle(down, now)}`;
    const waiting = waitText(down, isAbout, now);
    if (urgent.length > 0) return { tone, title, text: waiting, act: urgentText(others) };
    const later = needed.filter((trouble) => !isDown(trouble));
    return { tone, title, text: `${waiting} ${laterText(later, questions)}` };
  }
  const text = recoveryText(troubles, isAbout, now);
  if (urgent.length > 0) return { tone, title: urgentText(urgent) ?? '', text };
  if (needed.length + questions === 0) return { tone, title: 'Nobody needs to act', text };
  const names = needed.length > 0 ? `: ${listed(needed.map(({ dependency }) => dependency))}` : '';
  return { tone, title: `A human is needed, but not at once${names}`, text };
}

function isDown({ condition }: Trouble): boolean {
  return condition === 'down' || condition === 'held';
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

function downTitle(down: readonly Trouble[], now: number): string {
  const [only] = down;
  return down.length === 1 && only ? stateOf(only, now) : `${down.length} dependencies are down`;
}

/** What recovers, or has recovered lately. */
function recoveryText(troubles: readonly Trouble[], isAbout: boolean, now: number): string {
  return troubles
    .filter(isRecovering)
    .map((trouble) => `${stateOf(trouble, now)}${trouble.waiting > 0 ? `, ${waitsOf(trouble, isAbout)}` : ''}.`)
    .join(' ');
}

function urgentText(urgent: readonly Trouble[]): string | undefined {
  const [only] = urgent;
  if (only === undefined) return undefined;
  if (urgent.length > 1) return `Act now: ${listed(urgent.map(({ dependency }) => dependency))} need you`;
  return `Act now: ${only.incidents.find(isUrgent)?.summary ?? only.dependency}`;
}

function waitText(down: readonly Trouble[], isAbout: boolean, now: number): string {
  const [only] = down;
  if (down.length !== 1 || only === undefined) {
    const each = down.map((trouble) => `${stateOf(trouble, now)}: ${waitsOf(trouble, isAbout)}`);
    return `${each.join('. ')}. Nothing is lost, Backstop retries when they are well.`;
  }
  const what = capital(waitsOf(only, isAbout));
  if (only.condition === 'held') return `${what}, nothing is lost. No call passes until somebody releases the circuit.`;
  return only.waiting + unclaimedOf(only) === 0
    ? `${what}, Backstop tries again by itself.`
    : `${what}, nothing is lost, Backstop retries when it is well.`;
}

/** `208 wait`. Besides, `about 12 more in the queue`, which no worker has taken yet. */
export function waitsOf(trouble: Trouble, isAbout: boolean): string {
  const { waiting } = trouble;
  const unclaimed = unclaimedOf(trouble);
  const more = unclaimed === 0 ? '' : `about ${unclaimed.toLocaleString('en')} more in the queue`;
  if (waiting === 0) return more === '' ? 'nothing waits' : more.replace('more ', '');
  const verb = isRecovering(trouble) ? 'draining' : waiting === 1 ? 'waits' : 'wait';
  const waits = `${isAbout ? 'about ' : ''}${waiting.toLocaleString('en')} ${verb}`;
  return more === '' ? waits : `${waits}, ${more}`;
}

/** Whether calls pass again, and what waited drains. */
export function isRecovering({ condition }: Trouble): boolean {
  return condition === 'recovering' || condition === 'recovered';
}

export function unclaimedOf({ lane }: Trouble): number {
  return lane?.unclaimed ?? 0;
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
