import type { AuditRecord, FailureRow, Filter } from './documents.ts';

/** A run in the audit log. */
export type RunRecord = Pick<AuditRecord, 'at' | 'action' | 'dependency' | 'failureId' | 'facts' | 'end'>;

/**
 * Dead letters that died again, by the redrives that moved them: the latest ones before they died, one for each cycle.
 * Those that are no dead letters any more are not counted.
 */
export function deathsByRun<Run extends RunRecord>(
  runs: readonly Run[],
  rows: readonly Pick<FailureRow, 'id' | 'dependency' | 'cycle' | 'settledAt'>[],
): ReadonlyMap<Run, number> {
  const redrives = runs
    .filter(({ action, end }) => action === 'redrive' && end?.facts?.moved !== 0)
    .map((run) => ({ run, at: Date.parse(run.at), ids: idsOf(run) }))
    .toSorted((a, b) => b.at - a.at);
  const deaths = new Map<Run, number>();
  for (const { id, dependency, cycle, settledAt } of rows) {
    // Only a redrive begins a next cycle.
    if (cycle < 2 || settledAt === undefined) continue;
    const died = Date.parse(settledAt);
    const moved = redrives.filter(
      ({ run, at, ids }) => at <= died && run.dependency === dependency && (ids === undefined || ids.has(id)),
    );
    for (const { run } of moved.slice(0, cycle - 1)) deaths.set(run, (deaths.get(run) ?? 0) + 1);
  }
  return deaths;
}

/** Ids that a run is limited to; undefined if it is not. */
function idsOf({ failureId, facts }: RunRecord): ReadonlySet<string> | undefined {
  if (failureId !== undefined) return new Set([failureId]);
  const { ids = [] } = filterOf(facts?.filter);
  return ids.length === 0 ? undefined : new Set(ids);
}

/** The filter of a run, as its record has it. */
export function filterOf(text: string | number | undefined): Filter {
  try {
    return JSON.parse(String(text ?? '{}'));
  } catch {
    // A record may be cut.
    return {};
  }
}

/** `40 of 41`: what a run moved or discarded, of what it had planned. */
export function doneOf({ facts, end }: Pick<AuditRecord, 'facts' | 'end'>): string {
  const done = end?.facts?.moved ?? end?.facts?.discarded;
  const { letters } = facts ?? {};
  if (done === undefined) return letters === undefined ? '' : `${letters} planned`;
  return letters === undefined ? String(done) : `${done} of ${letters}`;
}

/** `at least 1 of 2`: those that died again of what a run moved. */
export function diedOf(died: number, { end }: Pick<AuditRecord, 'end'>): string {
  const moved = Number(end?.facts?.moved ?? died);
  return died < moved ? `at least ${died} of ${moved}` : `${died} of ${died}`;
}

/** What a resumed run will do, as far as the record of the run tells. */
export function resumedText(run: AuditRecord | undefined): string {
  const { letters, rate, moved: before = 0, filter = 'none' } = run?.facts ?? {};
  const done = Number(run?.end?.facts?.moved ?? run?.end?.facts?.discarded ?? before);
  const left = typeof letters === 'number' ? `${Math.max(0, letters - done)} of ${letters} remain. ` : '';
  const speed = rate === undefined ? '' : `Moves up to ${rate} a second. `;
  return `${left}${speed}Continues with the same filter: ${filter}`;
}
