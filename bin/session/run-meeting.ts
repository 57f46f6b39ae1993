import { shortSpan } from './short-span.ts';

/** Which dead letters a run is about, as far as two runs can be told apart by it. */
interface Chosen {
  readonly dependency?: string | undefined;
  readonly tenant?: string | undefined;
  readonly rule?: string | undefined;
  readonly reasons?: readonly string[] | undefined;
  readonly ids?: readonly string[] | undefined;
}

/** A redrive or a discard that somebody runs now. */
export interface RunUnderWay {
  /** Id of its record in the audit log, once there is one. */
  readonly id?: string | undefined;
  readonly what: 'redrive' | 'discard';
  /** The queue of a redrive, or the dependency of a discard, if it has one. */
  readonly of?: string | undefined;
  readonly by: string;
  readonly why?: string | undefined;
  /** When it began, in RFC 3339. Absent while they look at the queue, before a redrive begins. */
  readonly at?: string | undefined;
  /** Dead letters that it is about, if its record says so. */
  readonly letters?: number | undefined;
  /** Dead letters moved so far. Nobody knows it of a discard. */
  readonly moved?: number | undefined;
  /** Which ones. @default - nobody knows */
  readonly filter?: Chosen | undefined;
}

/** Whether a run may be about some of the dead letters that an operator has chosen. */
export function mayMeet({ of, filter: theirs = {} }: RunUnderWay, chosen: Chosen): boolean {
  const isApart = <Value>(a: Value | undefined, b: Value | undefined) => a !== undefined && b !== undefined && a !== b;
  const isDisjoint = (a: readonly string[] | undefined, b: readonly string[] | undefined) =>
    a !== undefined && b !== undefined && !a.some((each) => b.includes(each));
  return !(
    isApart(theirs.dependency ?? of, chosen.dependency) ||
    isApart(theirs.tenant, chosen.tenant) ||
    isApart(theirs.rule, chosen.rule) ||
    isDisjoint(theirs.reasons, chosen.reasons) ||
    isDisjoint(theirs.ids, chosen.ids)
  );
}

/** `ana redrives payments: 12 of 40 moved, since 3 min`. */
export function atWork({ what, of = 'dead letters', by, at, letters, moved = 0 }: RunUnderWay, now: number): string {
  const act = `${by} ${what}s ${of}`;
  if (at === undefined) return `${act}: counting`;
  const since = `, since ${shortSpan(now - Date.parse(at))}`;
  if (what === 'redrive') return `${act}: ${letters === undefined ? moved : `${moved} of ${letters}`} moved${since}`;
  if (letters === undefined) return `${act}${since}`;
  return `${act}: ${letters.toLocaleString('en')} dead ${letters === 1 ? 'letter' : 'letters'}${since}`;
}
