import { useState } from 'preact/hooks';
import { addressOf } from '../address.ts';
import type { AuditRecord } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { Badge, Loading, Problem, Time } from '../parts/basics.tsx';
import { Table } from '../parts/table.tsx';

const PERIODS = ['1d', '7d', '30d', '400d'];
const LIMIT = 500;

/** What operators have done, and why. */
export function Audit() {
  const [since, setSince] = useState('1d');
  const { document: records, problem } = useDocument<readonly AuditRecord[]>('audit', { since, limit: LIMIT });
  return (
    <>
      <h1>Audit</h1>
      <label>
        Period
        <select value={since} onChange={(event) => setSince(event.currentTarget.value)}>
          {PERIODS.map((period) => (
            <option key={period} value={period}>
              last {period}
            </option>
          ))}
        </select>
      </label>
      <Problem text={problem} />
      {!records && !problem && <Loading />}
      {records?.length === 0 && <p>No operator actions in this period.</p>}
      {records !== undefined && records.length > 0 && (
        <Table caption="Actions of operators, latest first" head={['When', 'Who', 'Action', 'Target', 'Result', 'Why']}>
          {records.map((record, index) => (
            <Act key={index} of={record} />
          ))}
        </Table>
      )}
    </>
  );
}

function Act({ of }: { readonly of: AuditRecord }) {
  const { at, by, principal, action, dependency, failureId, facts, why, end } = of;
  return (
    <tr>
      <td>
        <Time at={at} />
      </td>
      <td title={principal}>{by}</td>
      <th scope="row">{action}</th>
      <td>
        {failureId === undefined ? (
          (facts?.circuit ?? dependency ?? '')
        ) : (
          <a href={addressOf('failure', { id: failureId, dependency })}>{failureId}</a>
        )}
      </td>
      <td>
        <Badge tone={end?.result === 'done' ? 'good' : 'warn'}>{end?.result ?? 'no end'}</Badge>
      </td>
      <td>{why}</td>
    </tr>
  );
}
