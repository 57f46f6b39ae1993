import { useState } from 'preact/hooks';
import type { Run } from '../../run.ts';
import { call } from '../call.ts';
import type { FailurePage } from '../documents.ts';
import { addressOf, useDocument } from '../hooks.ts';
import { Badge } from '../parts/basics.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { count } from '../text.ts';

const EVERY_MS = 1_000;
const NEWER_EVERY_MS = 5_000;
const TONES = { running: 'info', pausing: 'info', paused: 'warn', done: 'good', failed: 'bad' } as const;

/** Redrives and discards that this console has started, on every screen. */
export function Runs() {
  const { document: runs = [], refresh } = useDocument<readonly Run[]>('runs', {}, EVERY_MS);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [resumed, setResumed] = useState<Run>();
  const shown = runs.filter(({ id }) => !hidden.has(id));
  return (
    <section class="runs" aria-label="Runs" aria-live="polite">
      {shown.map((run) => (
        <div key={run.id} class="card row">
          <Badge tone={TONES[run.state]}>{run.state}</Badge>
          <strong>
            {run.what} {run.of}
          </strong>
          {run.total > 0 && run.state !== 'done' && (
            <progress value={run.done} max={run.total} aria-label={`${run.what} ${run.of}`} />
          )}
          <span>{summaryOf(run)}</span>
          {run.what === 'redrive' && run.state === 'running' && <Newer run={run} />}
          <span class="buttons">
            {run.state === 'running' && (
              <button type="button" onClick={() => void call('pause', { run: run.id }).then(refresh)}>
                Pause
              </button>
            )}
            {run.state === 'paused' && isLatest(run, runs) && (
              <button type="button" onClick={() => setResumed(run)}>
                Resume
              </button>
            )}
            {run.state !== 'running' && run.state !== 'pausing' && (
              <button type="button" onClick={() => setHidden(new Set([...hidden, run.id]))}>
                Hide
              </button>
            )}
          </span>
        </div>
      ))}
      {resumed && (
        <Confirm
          title={`Resume the redrive of ${resumed.of}`}
          action="Resume"
          onConfirm={(why) => call('resume-redrive', { lane: resumed.of, why })}
          onClose={() => {
            setHidden(new Set([...hidden, resumed.id]));
            setResumed(undefined);
            refresh();
          }}
        />
      )}
    </section>
  );
}

/** Warns of dead letters that the run leaves, because they came after it had begun. */
function Newer({ run: { of, startedAt } }: { readonly run: Run }) {
  const { document } = useDocument<FailurePage & { readonly total: number; readonly isWhole: boolean }>(
    'newer',
    { lane: of, since: startedAt },
    NEWER_EVERY_MS,
  );
  if (!document || document.total === 0) return null;
  const { total, isWhole, failures } = document;
  const back = failures.filter(({ cycle }) => cycle > 1).length;
  return (
    <a class="warn" href={addressOf('letters', { dependency: of })}>
      {isWhole ? '' : 'at least '}
      {count(total, 'dead letter')} arrived since it began{back > 0 ? `, ${back} of them redriven before` : ''}. It
      leaves them.
    </a>
  );
}

/** A lane remembers only its latest redrive, so only that can be resumed. */
function isLatest(run: Run, runs: readonly Run[]): boolean {
  return run.what === 'redrive' && runs.find(({ what, of }) => what === run.what && of === run.of) === run;
}

function summaryOf({ state, what, done, total, text, document }: Run): string {
  if (state === 'running' || state === 'pausing') return total > 0 ? `${done} of ${total} ${text}` : 'counting…';
  if (state === 'failed' || document === undefined) return text;
  const { moved, matched, left, newer, discarded } = Object(document);
  if (what === 'discard') return `discarded ${Array.isArray(discarded) ? discarded.length : 0}`;
  const more = Number(newer) > 0 ? `; ${newer} new ones arrived during it and were not moved` : '';
  return `moved ${moved ?? done} of ${matched ?? total}${othersOf(Number(left), moved === matched)}${more}`;
}

/** Those that stay: others than the run was about, or some of its own. */
function othersOf(left: number, isWhole: boolean): string {
  if (!(left > 0)) return '';
  return isWhole ? `; ${count(left, 'other')} ${left === 1 ? 'stays' : 'stay'}` : `, ${left} left`;
}
