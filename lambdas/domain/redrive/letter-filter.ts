import type { Letter, LetterFacts } from './letter.ts';

/** Which letters are meant: all conditions that are given must hold. What a letter does not say holds for none. */
export interface LetterFilter {
  /** Ids of failures, any of which will do. */
  readonly ids?: readonly string[];
  readonly dependency?: string;
  readonly tenant?: string;
  readonly correlationId?: string;
  readonly verdict?: string;
  readonly rule?: string;
  /** Reasons, any of which will do. */
  readonly reasons?: readonly string[];
  /** Dead-lettered at that time or later, in epoch milliseconds. */
  readonly since?: number;
  /** Dead-lettered at that time or earlier, in epoch milliseconds. */
  readonly until?: number;
  /** Whole events, which have no reason, match whatever `reasons` asks for. @default false */
  readonly events?: boolean;
}

/** @param sentAt when the message came into the queue, in epoch milliseconds: the time of a letter that names none */
export function matches(letter: Letter, sentAt: number, filter: LetterFilter): boolean {
  if (letter.kind === 'other') return false;
  const { facts } = letter;
  const { ids, reasons, since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = filter;
  const at = letteredAt(facts, sentAt);
  if (ids && !ids.includes(facts.id)) return false;
  if (at < since || at > until) return false;
  const isExempt = filter.events === true && letter.kind === 'event';
  if (reasons && !isExempt && !reasons.includes(facts.reason ?? '')) return false;
  // An event of AWS's own names no dependency: it is in the queue of the one that it is about.
  const own = letter.kind === 'event' && facts.dependency === undefined ? { dependency: filter.dependency } : {};
  return SAME.every((name) => filter[name] === undefined || filter[name] === { ...facts, ...own }[name]);
}

/** When a failure was dead-lettered, in epoch milliseconds. */
export function letteredAt({ deadLetteredAt }: LetterFacts, sentAt: number): number {
  const said = deadLetteredAt === undefined ? Number.NaN : Date.parse(deadLetteredAt);
  return Number.isNaN(said) ? sentAt : said;
}

const SAME = [
  'dependency',
  'tenant',
  'correlationId',
  'verdict',
  'rule',
] as const satisfies readonly (keyof LetterFacts)[];
