import type { AuditRecord, SeenRun } from './documents.ts';

/** A run that did less than its plan. */
export interface Resumable extends Pick<SeenRun, 'what' | 'of'> {
  /** Id of its record. A redrive needs none, because a lane remembers its latest. */
  readonly act?: string | undefined;
}

/** What continues a run of this console; undefined if nothing does. */
export function resumableRun({ what, of, state, document }: SeenRun): Resumable | undefined {
  if (state !== 'paused') return undefined;
  if (what === 'redrive') return { what, of };
  const { act } = Object(document);
  return typeof act === 'string' ? { what, of, act } : undefined;
}

/** The same for the runs of the audit log. Only the latest redrive of a lane can be resumed, and each discard once. */
export function resumableRecords(latestFirst: readonly AuditRecord[]): ReadonlyMap<AuditRecord, Resumable> {
  const lanes = new Set<string>();
  const resumed = new Set(latestFirst.map(({ facts }) => facts?.resumed));
  const found = new Map<AuditRecord, Resumable>();
  for (const run of latestFirst) {
    const { id, action, dependency, facts, end } = run;
    const isOpen = end?.result === 'interrupted';
    if (action === 'discard' && isOpen && !resumed.has(id))
      found.set(run, { what: 'discard', of: dependency ?? String(facts?.queue ?? ''), act: id });
    if (action !== 'redrive' || dependency === undefined || lanes.has(dependency)) continue;
    lanes.add(dependency);
    if (isOpen) found.set(run, { what: 'redrive', of: dependency });
  }
  return found;
}
