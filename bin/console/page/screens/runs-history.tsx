import { useEffect, useMemo, useState } from 'preact/hooks';
import { addressOf } from '../address.ts';
import type { AuditRecord, FailurePage, SeenRun } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { Badge, Loading, Problem, Time } from '../parts/basics.tsx';
import { Table } from '../parts/table.tsx';
import { type Resumable, resumableRecords } from '../resumable.ts';
import { ActButton } from '../rights.tsx';
import { deathsByRun, diedOf, doneOf, filterOf } from '../run-deaths.ts';
import { Resume } from './resume.tsx';

const LIMIT = 500;
const EVERY_MS = 10_000;
/** The console itself knows its own runs, so this asks nobody else. */
const OWN_EVERY_MS = 1_000;
/** What a redrive has moved may die minutes later. */
const DEAD_EVERY_MS = 10_000;
/** The first page: what died again lately. */
const DEAD = { status: 'dead', since: '30d', page: 'start' };

/** Redrives and discards of all operators, from the audit log. The reason is the name of a run. */
export function RunsHistory() {
  const {
    document: records,
    problem,
    refresh,
  } = useDocument<readonly AuditRecord[]>('audit', { since: '30d', limit: LIMIT }, EVERY_MS);
  const { document: own = [] } = useDocument<readonly SeenRun[]>('runs', {}, OWN_EVERY_MS);
  const states = own.map(({ id, state }) => `${id} ${state}`).join();
  const [resumed, setResumed] = useState<Resumable>();
  const runs = records?.filter(({ action }) => action === 'redrive' || action === 'discard');
  const resumable = useMemo(() => resumableRecords(records ?? []), [records]);
  const { document: dead, refresh: refreshDead } = useDocument<FailurePage>('failures', DEAD, DEAD_EVERY_MS);
  // A run of this console that begins or ends changes both.
  useEffect(() => {
    refresh();
    refreshDead();
  }, [states, refresh, refreshDead]);
  const deaths = useMemo(() => deathsByRun(records ?? [], dead?.failures ?? []), [records, dead]);
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
            <RunRow
              key={run.at + run.principal}
              run={run}
              died={deaths.get(run) ?? 0}
              resumable={resumable.get(run)}
              onResume={setResumed}
            />
          ))}
        </Table>
      )}
      {resumed && (
        <Resume
          run={resumed}
          onClose={() => {
            setResumed(undefined);
            refresh();
          }}
        />
      )}
    </>
  );
}

interface RunRowProps {
  readonly run: AuditRecord;
  /** Its dead letters that died again. */
  readonly died: number;
  readonly resumable: Resumable | undefined;
  readonly onResume: (run: Resumable) => void;
}

function RunRow({ run, died, resumable, onResume }: RunRowProps) {
  const { at, by, principal, action, dependency, facts, why } = run;
  const { tone, word } = resultOf(run, died);
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
      <td>{word === DIED_AGAIN ? diedOf(died, run) : doneOf(run)}</td>
      <td>
        <LettersLink run={run} /> {resumable && <ActButton onClick={() => onResume(resumable)}>Resume</ActButton>}
      </td>
    </tr>
  );
}

const DIED_AGAIN = 'died again';

/** That a redrive is done says nothing about what it has moved. */
function resultOf({ action, end }: AuditRecord, died: number) {
  if (end === undefined) return { tone: 'info', word: 'under way' } as const;
  if (end.result !== 'done') return { tone: 'warn', word: end.result } as const;
  if (died > 0) return { tone: 'bad', word: DIED_AGAIN } as const;
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
