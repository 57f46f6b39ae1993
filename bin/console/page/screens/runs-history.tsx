import type { AuditRecord } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { Badge, Loading, Problem, Time } from '../parts/basics.tsx';
import { Table } from '../parts/table.tsx';

const LIMIT = 500;
const EVERY_MS = 10_000;

/** Redrives and discards of all operators, from the audit log. The reason is the name of a run. */
export function RunsHistory() {
  const { document: records, problem } = useDocument<readonly AuditRecord[]>(
    'audit',
    { since: '30d', limit: LIMIT },
    EVERY_MS,
  );
  const runs = records?.filter(({ action }) => action === 'redrive' || action === 'discard');
  return (
    <>
      <h1>Runs</h1>
      <p class="quiet">Redrives and discards of the last 30 days, latest first, whoever began them.</p>
      <Problem text={problem} />
      {!runs && !problem && <Loading />}
      {runs?.length === 0 && <p>No runs in this period.</p>}
      {runs !== undefined && runs.length > 0 && (
        <Table caption="Runs, latest first" head={['Run', 'What', 'Began', 'Who', 'Result', 'Dead letters']}>
          {runs.map(({ at, by, principal, action, dependency, facts, why, end }) => (
            <tr key={at + principal}>
              <th scope="row">{why}</th>
              <td>
                {action} {facts?.queue ?? dependency ?? ''}
              </td>
              <td>
                <Time at={at} />
              </td>
              <td title={principal}>{by}</td>
              <td>
                <Badge tone={end === undefined ? 'info' : end.result === 'done' ? 'good' : 'warn'}>
                  {end?.result ?? 'under way'}
                </Badge>
              </td>
              <td>{doneOf(facts, end?.facts)}</td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

/** `40 of 41`: what a run moved or discarded, of what it had planned. */
function doneOf(planned: AuditRecord['facts'], results: Readonly<Record<string, unknown>> = {}): string {
  const done = results.moved ?? results.discarded;
  const { letters } = planned ?? {};
  if (done === undefined) return letters === undefined ? '' : `${letters} planned`;
  return letters === undefined ? String(done) : `${done} of ${letters}`;
}
