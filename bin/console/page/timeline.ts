import type { CircuitRow, Story, TrailStep } from './documents.ts';

/** What a failure waits for. `delivery`: for Backstop to receive it. `dead`: for an operator. */
type Wait = 'delivery' | 'retry' | 'circuit' | 'retry-budget' | 'execution' | 'decision' | 'undo' | 'dead';

/** How the circuit was. `blocked`: only the trail tells. `outage`: open, then recovering, now over. */
type Reach = 'blocked' | 'open' | 'recovering' | 'outage' | 'forced-open' | 'forced-closed';

/** A part of a timeline. All times are in epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Band extends Span {
  readonly kind: Wait | Reach;
}

export interface Mark {
  readonly at: number;
  readonly lane: 'attempts' | 'steps';
  readonly tone: 'good' | 'warn' | 'bad' | 'info' | 'plain';
  readonly text: string;
}

/** What happened to a failure, on one axis of time. */
export interface Timeline extends Span {
  readonly marks: readonly Mark[];
  /** One after another. They include the calls, since the ledger knows only when those ended. */
  readonly waits: readonly Band[];
  readonly circuit: readonly Band[];
}

export const BAND_WORDS: Readonly<Record<Band['kind'], string>> = {
  delivery: 'until Backstop received it',
  retry: 'until the next attempt',
  circuit: 'held by the circuit',
  'retry-budget': 'held for the retry budget',
  execution: 'until an execution ends',
  decision: 'until a decision',
  undo: 'undo',
  dead: 'dead letter',
  blocked: 'blocked its call',
  open: 'open',
  recovering: 'recovering',
  outage: 'open, then recovering',
  'forced-open': 'forced open',
  'forced-closed': 'forced closed',
};

type TimedStory = Pick<Story, 'trail' | 'occurredAt' | 'state' | 'notBefore'>;

/**
 * The timeline of a failure. The ledger knows when its attempts ended, and when it was held. Of the circuit, it knows
 * the latest outage only, so the holds of the trail tell the rest.
 *
 * @param row its circuit. @default - nobody knows it
 * @param now in epoch milliseconds
 */
export function timelineOf(story: TimedStory, row: CircuitRow | undefined, now: number): Timeline {
  const { trail, occurredAt, state, notBefore } = story;
  const times = inOrder(trail);
  const received = times[0] ?? now;
  const isWhole = trail[0]?.step === 'received';
  const from = isWhole ? Math.min(Date.parse(occurredAt), received) : received;
  const last = times.at(-1) ?? now;
  const next = notBefore === undefined ? now : Date.parse(notBefore);
  const to = state === 'open' ? Math.max(last, now, next) : last;
  const waits = merged([{ kind: 'delivery', from, to: received }, ...waitsOf(trail, times, to)]);
  const own = { kind: 'blocked', of: waits.filter(({ kind }) => kind === 'circuit') } as const;
  const known = outageOf(row, now).flatMap((band) => within(band, { from, to }));
  const blocked = own.of.map((wait) => ({ ...wait, kind: own.kind }));
  // What the circuit says is exact. A hold only says that it let this call wait.
  const circuit = [...blocked.filter((band) => !known.some((each) => isIn(band, each))), ...known];
  const reported: Mark = { at: from, lane: 'attempts', tone: 'warn', text: reportedText(trail[0]) };
  const marks = trail.map((step, at) => markOf(step, times[at] ?? from));
  return { from, to, waits, circuit, marks: isWhole ? [reported, ...marks] : marks };
}

/** Times of the steps. Instances with different clocks write them, and a step is never earlier than the one before. */
function inOrder(trail: readonly TrailStep[]): readonly number[] {
  let latest = Number.NEGATIVE_INFINITY;
  return trail.map(({ at }) => {
    latest = Math.max(latest, Date.parse(at));
    return latest;
  });
}

function waitsOf(trail: readonly TrailStep[], times: readonly number[], end: number): readonly Band[] {
  let kind: Wait | undefined;
  return trail.flatMap((step, at) => {
    kind = waitAfter(step, kind);
    return kind === undefined ? [] : [{ kind, from: times[at] ?? end, to: times[at + 1] ?? end }];
  });
}

const HELD: Readonly<Record<string, Wait>> = {
  circuit: 'circuit',
  'retry-budget': 'retry-budget',
  execution: 'execution',
};

/** What a failure waits for after a step. */
function waitAfter({ step, because = '', question, outcome }: TrailStep, before: Wait | undefined): Wait | undefined {
  switch (step) {
    case 'held':
      return HELD[because] ?? 'retry';
    case 'awaited':
      return 'execution';
    case 'attempt-failed':
      return question === undefined ? 'retry' : 'decision';
    case 'undo-begun':
    case 'step-undone':
    case 'undo-failed':
      return 'undo';
    case 'settled':
      return outcome === 'dead-lettered' ? 'dead' : undefined;
    case 'received':
    case 'attempt-interrupted':
    case 'backup-failed':
    case 'redriven':
    case 'decided':
      return 'retry';
    default:
      return before;
  }
}

/** Joins bands of one kind that meet, and drops those without length. */
function merged(bands: readonly Band[]): readonly Band[] {
  const all: Band[] = [];
  for (const band of bands) {
    const last = all.at(-1);
    if (band.to <= band.from) continue;
    if (last?.kind === band.kind && last.to >= band.from) all[all.length - 1] = { ...last, to: band.to };
    else all.push(band);
  }
  return all;
}

/** The latest outage of a circuit, and what an operator has forced. */
function outageOf(row: CircuitRow | undefined, now: number): readonly Band[] {
  if (row?.since === undefined) return [];
  const since = Date.parse(row.since);
  const began = row.outageSince === undefined ? since : Date.parse(row.outageSince);
  switch (row.state) {
    case 'closed':
      return [{ kind: 'outage', from: began, to: since }];
    case 'open':
    case 'half-open':
      return [{ kind: 'open', from: began, to: now }];
    case 'recovering':
    case 'forced-open':
    case 'forced-closed':
      return merged([
        { kind: 'open', from: began, to: since },
        { kind: row.state, from: since, to: now },
      ]);
    default:
      return row.state satisfies never;
  }
}

const ATTEMPT_ENDS = new Set(['recovered', 'resolved']);

function markOf({ at: _, ...step }: TrailStep, at: number): Mark {
  const { outcome = '', attempt, statusCode, probe, dependency, because, verdict } = step;
  const told = (...words: readonly unknown[]) => words.filter((word) => word !== undefined && word !== '').join(', ');
  const answer = statusCode === undefined ? verdict : `HTTP ${statusCode}`;
  switch (step.step) {
    case 'attempt-failed': {
      const what = probe === undefined ? `attempt ${attempt ?? ''}`.trim() : 'probe';
      return { at, lane: 'attempts', tone: 'warn', text: told(`${what} failed`, answer) };
    }
    case 'attempt-interrupted':
      return { at, lane: 'attempts', tone: 'info', text: 'attempt cut off, its result is unknown' };
    case 'backup-failed':
      return { at, lane: 'attempts', tone: 'warn', text: told(`backup ${dependency} failed`, answer) };
    case 'undo-failed':
      return { at, lane: 'steps', tone: 'bad', text: told('undo failed', dependency, answer) };
    case 'settled':
      if (ATTEMPT_ENDS.has(String(outcome))) return { at, lane: 'attempts', tone: 'good', text: String(outcome) };
      return { at, lane: 'steps', tone: outcome === 'dead-lettered' ? 'warn' : 'good', text: String(outcome) };
    default:
      return { at, lane: 'steps', tone: 'plain', text: told(step.step, because) };
  }
}

function reportedText(step: TrailStep | undefined): string {
  return step?.statusCode === undefined ? "caller's call failed" : `caller's call failed, HTTP ${step.statusCode}`;
}

function isIn(band: Span, other: Span): boolean {
  return band.from >= other.from && band.to <= other.to;
}

/** The part of a band that a span shows; none, if it is elsewhere. */
export function within<Any extends Span>(band: Any, { from, to }: Span): readonly Any[] {
  const part = { ...band, from: Math.max(from, band.from), to: Math.min(to, band.to) };
  return part.to > part.from ? [part] : [];
}

/** How long each kind of band lasts in all, in the order of the first. */
export function totalsOf(bands: readonly Band[]): readonly { readonly kind: Band['kind']; readonly ms: number }[] {
  const totals = new Map<Band['kind'], number>();
  for (const { kind, from, to } of bands) totals.set(kind, (totals.get(kind) ?? 0) + to - from);
  return [...totals].map(([kind, ms]) => ({ kind, ms }));
}
