import { atWork, mayMeet, type RunUnderWay } from '../../../session/run-meeting.ts';
import type { Filter, SeenRun } from '../documents.ts';
import { useDocument, useNow } from '../hooks.ts';
import { meansFor, othersOf } from '../others.ts';

const EVERY_MS = 5_000;
/** The console itself knows its own runs, so this asks nobody else. */
const OWN_EVERY_MS = 1_000;

/** Redrives and discards of others, of this dependency or of all. */
function useOthers(): readonly RunUnderWay[] {
  const { document: all = [] } = useDocument<readonly RunUnderWay[]>('under-way', {}, EVERY_MS);
  const { document: own } = useDocument<readonly SeenRun[]>('runs', {}, OWN_EVERY_MS);
  return own === undefined ? [] : othersOf(all, own);
}

/** What others run now. Only they can interrupt it. */
export function Others({ of }: { readonly of: string | undefined }) {
  const others = useOthers().filter((run) => of === undefined || run.of === undefined || run.of === of);
  const now = useNow();
  if (others.length === 0) return null;
  return (
    <section class="card" aria-label="Runs of others">
      <h2>Others at work</h2>
      <ul class="others">
        {others.map((run) => (
          <li key={run.what + run.of + run.at}>
            <strong>{atWork(run, now)}</strong> {run.why !== undefined && <span class="quiet">{run.why}</span>}{' '}
            {run.letters !== undefined && run.moved !== undefined && (
              <progress value={run.moved} max={run.letters} aria-label={`${run.what} of ${run.of} by ${run.by}`} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface OthersMetProps {
  readonly action: RunUnderWay['what'];
  readonly lane: string;
  readonly filter: Filter;
}

/** Says before an action which runs of others may be about the same dead letters. */
export function OthersMet({ action, lane, filter }: OthersMetProps) {
  const met = useOthers().filter((run) => mayMeet(run, { dependency: lane, ...filter }));
  const now = useNow();
  return met.map((run) => (
    <p key={run.what + run.of + run.at} class="problem" role="alert">
      {atWork(run, now)}. {meansFor(run, action, lane)}
    </p>
  ));
}
