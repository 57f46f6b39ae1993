import type { RunUnderWay } from '../../session/run-meeting.ts';
import type { SeenRun } from './documents.ts';

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

/** What a run of somebody else means for an action that begins now. */
export function meansFor(run: RunUnderWay, action: RunUnderWay['what'], lane: string): string {
  return run.what === 'redrive' && action === 'redrive' && run.of === lane
    ? 'A second redrive is refused until that one ends.'
    : 'Some of these dead letters may be among them.';
}
