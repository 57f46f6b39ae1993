import { useEffect, useState } from 'preact/hooks';
import { addressOf } from '../address.ts';
import type { AuditRecord, Filter, SeenRun } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { Badge, Loading, Problem, Time } from '../parts/basics.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { Table } from '../parts/table.tsx';
import { ActButton } from '../rights.tsx';
import { beginRun } from './runs.tsx';

const LIMIT = 500;
const EVERY_MS = 10_000;
/** The console itself knows its own runs, so this asks nobody else. */
const OWN_EVERY_MS = 1_000;

/** Redrives and discards of all operators, from the audit log. The reason is the name of a run. */
export function RunsHistory() {
  const {
    document: records,
    problem,
    refresh,
  } = useDocument<readonly AuditRecord[]>('audit', { since: '30d', limit: LIMIT }, EVERY_MS);
  const { document: own = [] } = useDocument<readonly SeenRun[]>('runs', {}, OWN_EVERY_MS);
  const states = own.map(({ id, state }) => `${id} ${state}`).join();
  // A run of this console that begins or ends changes the list.
  useEffect(refresh, [states, refresh]);
  const [resumed, setResumed] = useState<AuditRecord>();
  const runs = records?.filter(({ action }) => action === 'redrive' || action === 'discard');
  const latest = latestRedrives(runs ?? []);
  return (
    <>
      <h1>Runs</h1>
      <p class="quiet">Redrives and discards of the last 30 days, latest first, whoever began them.</p>
      <Problem text={problem} />
      {!runs && !problem && <Loading />}
      {runs?.length === 0 && <p>No runs in this period.</p>}
      {runs !== undefined && runs.length > 0 && (
        <Table caption="Runs, latest first" head={['Run', 'What', 'Began', 'Who', 'Result', 'Dead letters', '']}>
          {runs.map((run) => (
            <RunRow key={run.at + run.principal} run={run} onResume={latest.has(run) ? setResumed : undefined} />
          ))}
        </Table>
      )}
      {resumed && (
        <Confirm
          title={`Resume the redrive of ${resumed.dependency}`}
          action="Resume"
          onConfirm={(why) => beginRun('resume-redrive', { lane: resumed.dependency, why })}
          onClose={() => {
            setResumed(undefined);
            refresh();
          }}
        >
          <p>It continues with the same filter: {String(resumed.facts?.filter ?? 'none')}</p>
        </Confirm>
      )}
    </>
  );
}

/** The latest redrive of each lane. The lane remembers only that, so only that can be resumed. */
function latestRedrives(runs: readonly AuditRecord[]): ReadonlySet<AuditRecord> {
  const latest = new Map<string, AuditRecord>();
  for (const run of runs) {
    if (run.action === 'redrive' && run.dependency !== undefined && !latest.has(run.dependency))
      latest.set(run.dependency, run);
  }
  return new Set(latest.values());
}

interface RunRowProps {
  readonly run: AuditRecord;
  readonly onResume: ((run: AuditRecord) => void) | undefined;
}

function RunRow({ run, onResume }: RunRowProps) {
  const { at, by, principal, action, dependency, facts, why, end } = run;
  const { tone, word } = resultOf(run);
  return (
    <tr>
      <th scope="row">{why}</th>
      <td>
        {action} {facts?.queue ?? dependency ?? ''}
      </td>
      <td>
        <Time at={at} />
      </td>
      <td title={principal}>{by}</td>
      <td>
        <Badge tone={tone}>{word}</Badge>
      </td>
      <td>{doneOf(facts, end?.facts)}</td>
      <td>
        <LettersLink run={run} />{' '}
        {onResume !== undefined && end?.result === 'interrupted' && (
          <ActButton onClick={() => onResume(run)}>Resume</ActButton>
        )}
      </td>
    </tr>
  );
}

/** That a redrive is done says nothing about what it has moved. */
function resultOf({ action, end }: AuditRecord) {
  if (end === undefined) return { tone: 'info', word: 'under way' } as const;
  if (end.result !== 'done') return { tone: 'warn', word: end.result } as const;
  return action === 'redrive' ? ({ tone: 'info', word: 'moved' } as const) : ({ tone: 'good', word: 'done' } as const);
}

/** Its dead letter, or those of its dependency with the same rule. */
function LettersLink({ run: { dependency, failureId, facts } }: { readonly run: AuditRecord }) {
  const { ids = [], rule } = filterOf(facts?.filter);
  const [only] = failureId === undefined ? ids : [failureId];
  if (only !== undefined && ids.length <= 1) return <a href={addressOf('failure', { id: only, dependency })}>{only}</a>;
  if (dependency === undefined) return null;
  return <a href={addressOf('letters', { dependency, rule })}>Dead letters of {dependency}</a>;
}

/** The filter of a run, as its record has it. */
function filterOf(text: string | number | undefined): Filter {
  try {
    return JSON.parse(String(text ?? '{}'));
  } catch {
    // A record may be cut.
    return {};
  }
}

/** `40 of 41`: what a run moved or discarded, of what it had planned. */
function doneOf(planned: AuditRecord['facts'], results: Readonly<Record<string, unknown>> = {}): string {
  const done = results.moved ?? results.discarded;
  const { letters } = planned ?? {};
  if (done === undefined) return letters === undefined ? '' : `${letters} planned`;
  return letters === undefined ? String(done) : `${done} of ${letters}`;
}
