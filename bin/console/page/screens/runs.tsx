import { useEffect, useRef, useState } from 'preact/hooks';
import { addressOf } from '../address.ts';
import { call } from '../call.ts';
import type { FailurePage, SeenRun } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { Badge } from '../parts/basics.tsx';
import { resumableRun } from '../resumable.ts';
import type { RunPlaces } from '../run-places.ts';
import { endOf, linkOf, summaryOf } from '../run-words.ts';
import { count } from '../text.ts';
import { places } from './begin-run.ts';
import { Resume } from './resume.tsx';

const EVERY_MS = 1_000;
const NEWER_EVERY_MS = 5_000;

/** Runs that this console has started: those under way on every screen, a result only where the operator meets it. */
export function Runs() {
  const { document: runs = [], refresh } = useDocument<readonly SeenRun[]>('runs', {}, EVERY_MS);
  const [resumed, setResumed] = useState<SeenRun>();
  const { shown, hide } = useShown(runs);
  const resumable = resumed && resumableRun(resumed);
  return (
    <section class="runs" aria-label="Runs">
      {shown.map((run) => (
        <RunCard
          key={run.id}
          run={run}
          onPause={() => void call('pause', { run: run.id }).then(refresh)}
          onResume={isLatest(run, runs) && resumableRun(run) ? () => setResumed(run) : undefined}
          onHide={() => hide([run])}
        />
      ))}
      {resumed && resumable && (
        <Resume
          run={resumable}
          onClose={() => {
            hide([resumed]);
            setResumed(undefined);
            refresh();
          }}
        />
      )}
    </section>
  );
}

/** A result goes when the operator opens another screen. What somebody must still look at stays until it is hidden. */
function useShown(runs: readonly SeenRun[]) {
  /** Runs that this page has seen under way. It shows their end wherever the operator is by then. */
  const watched = useRef(new Set<string>());
  const [, setTurn] = useState(0);
  for (const { id, state } of runs) if (isActive(state)) watched.current.add(id);
  // The latest run of a lane has taken over what an earlier one left.
  const shown = runs.filter(
    (run) =>
      isShown(run, places, watched.current) && (isActive(run.state) || run.state === 'done' || isLatest(run, runs)),
  );
  const hide = (ended: readonly SeenRun[]) => {
    places.hide(ended.map(({ id }) => id));
    setTurn((turn) => turn + 1);
  };
  const leave = useRef(() => {});
  leave.current = () => hide(shown.filter(({ state }) => state === 'done'));
  useEffect(() => {
    const left = () => leave.current();
    addEventListener('hashchange', left);
    return () => removeEventListener('hashchange', left);
  }, []);
  return { shown, hide };
}

function isActive(state: SeenRun['state']): boolean {
  return state === 'running' || state === 'pausing';
}

function isShown({ id, state }: SeenRun, { isHidden, placeOf }: RunPlaces, watched: ReadonlySet<string>): boolean {
  if (isActive(state)) return true;
  if (isHidden(id)) return false;
  const place = placeOf(id);
  return watched.has(id) || (state === 'done' ? place === location.hash : place !== undefined);
}

interface RunCardProps {
  readonly run: SeenRun;
  readonly onPause: () => void;
  readonly onResume: (() => void) | undefined;
  readonly onHide: () => void;
}

function RunCard({ run, onPause, onResume, onHide }: RunCardProps) {
  const { what, of, state, done, total } = run;
  const { tone, word } = endOf(run);
  const link = linkOf(run);
  return (
    <div class="card row">
      <Badge tone={tone}>{word}</Badge>
      <strong>
        {what} {of}
      </strong>
      {total > 0 && isActive(state) && <progress value={done} max={total} aria-label={`${what} ${of}`} />}
      {/* Progress would interrupt a screen reader each second. */}
      <span role={isActive(state) ? undefined : 'status'}>{summaryOf(run)}</span>
      {what === 'redrive' && <Since run={run} />}
      {link && <a href={link.href}>{link.text}</a>}
      <span class="buttons">
        {state === 'running' && (
          <button type="button" onClick={onPause}>
            Pause
          </button>
        )}
        {onResume !== undefined && (
          <button type="button" onClick={onResume}>
            Resume
          </button>
        )}
        {!isActive(state) && (
          <button type="button" onClick={onHide}>
            Hide<span class="hidden"> the result of {of}</span>
          </button>
        )}
      </span>
    </div>
  );
}

/** Dead letters that arrived since a run began: others that it leaves, and its own that died again. */
function Since({ run }: { readonly run: SeenRun }) {
  const { of, startedAt, state, document } = run;
  const { outcomes } = Object(document);
  const { document: page } = useDocument<FailurePage & { readonly total: number; readonly isWhole: boolean }>(
    'newer',
    { lane: of, since: startedAt },
    NEWER_EVERY_MS,
  );
  // The tool knows it better.
  if (!page || page.total === 0 || outcomes !== undefined) return null;
  const { total, isWhole, failures } = page;
  const back = failures.filter(({ cycle }) => cycle > 1);
  const [first] = back;
  const least = isWhole ? '' : 'at least ';
  if (isActive(state)) {
    return (
      <a class="warn" href={addressOf('letters', { dependency: of })}>
        {least}
        {count(total, 'dead letter')} arrived since it began
        {back.length > 0 ? `, ${back.length} of them redriven before` : ''}. It leaves them.
      </a>
    );
  }
  if (first === undefined) return null;
  const { id, dependency, tenant, excerpt, reason = first.rule } = first;
  const href =
    back.length === 1 ? addressOf('failure', { id, dependency, tenant }) : addressOf('letters', { dependency });
  return (
    <a class="bad" href={href}>
      {least}
      {back.length} died again: {excerpt ?? reason}
    </a>
  );
}

/** Whether no later run is about the same. A lane remembers only its latest redrive, so only that can be resumed. */
function isLatest(run: SeenRun, runs: readonly SeenRun[]): boolean {
  return runs.find(({ what, of }) => what === run.what && of === run.of) === run;
}
