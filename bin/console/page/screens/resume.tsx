import type { AuditRecord } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { CircuitNow } from '../parts/circuit-now.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { OthersMet } from '../parts/others.tsx';
import type { Resumable } from '../resumable.ts';
import { resumedText } from '../run-deaths.ts';
import { beginRun } from './begin-run.ts';

const LIMIT = 500;

interface ResumeProps {
  readonly run: Resumable;
  readonly onClose: () => void;
}

/** Says what is left of a discard or of the latest redrive of a lane, and continues it. */
export function Resume({ run: { what, of, act }, onClose }: ResumeProps) {
  const { document: records } = useDocument<readonly AuditRecord[]>('audit', { since: '30d', limit: LIMIT });
  const latest = records?.find(
    ({ id, action, dependency }) => action === what && (act === undefined ? dependency === of : id === act),
  );
  const resume = (why: string) =>
    what === 'redrive' ? beginRun('resume-redrive', { lane: of, why }) : beginRun('resume-discard', { act, of, why });
  return (
    <Confirm title={`Resume the ${what} of ${of}`} action="Resume" onConfirm={resume} onClose={onClose}>
      {what === 'redrive' && <OthersMet action="redrive" lane={of} filter={{}} />}
      {latest && <p>{resumedText(latest)}</p>}
      {what === 'redrive' && (
        <ul>
          <CircuitNow dependency={of} />
        </ul>
      )}
    </Confirm>
  );
}
