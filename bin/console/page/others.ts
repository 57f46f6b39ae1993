import { shortSpan } from '../../session/short-span.ts';
import type { Filter, RunUnderWay, SeenRun } from './documents.ts';
import { count } from './text.ts';

/** How much the clocks of this machine and of the audit log may differ. */
const SKEW_MS = 10_000;

/** Runs that this console has not started. */
export function othersOf(all: readonly RunUnderWay[], own: readonly SeenRun[]): readonly RunUnderWay[] {
  const active = own.filter(({ state }) => state === 'running' || state === 'pausing');
  return all.filter((run) => !active.some((each) => isSame(run, each)));
}

/** Only one redrive of a queue runs at a time. A discard is known by its reason. */
function isSame({ what, of, why, at = '' }: RunUnderWay, own: SeenRun): boolean {
  if (what !== own.what) return false;
  if (what === 'redrive') return of === own.of;
  return why === own.why && Date.parse(at) >= Date.parse(own.startedAt) - SKEW_MS;
}

/** Whether a run may be about some of the dead letters that an operator has chosen. */
export function mayMeet({ of, filter: theirs = {} }: RunUnderWay, chosen: Filter): boolean {
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
  if (what === 'discard') return `${act}${letters === undefined ? '' : `: ${count(letters, 'dead letter')}`}${since}`;
  return `${act}: ${letters === undefined ? moved : `${moved} of ${letters}`} moved${since}`;
}

/** What a run of somebody else means for an action that begins now. */
export function meansFor(run: RunUnderWay, action: RunUnderWay['what'], lane: string): string {
  return run.what === 'redrive' && action === 'redrive' && run.of === lane
    ? 'A second redrive is refused until that one ends.'
    : 'Some of these dead letters may be among them.';
}
