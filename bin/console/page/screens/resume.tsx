import type { AuditRecord } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { CircuitNow } from '../parts/circuit-now.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { OthersMet } from '../parts/others.tsx';
import { resumedText } from '../run-deaths.ts';

const LIMIT = 500;

interface ResumeProps {
  readonly lane: string;
  readonly onConfirm: (why: string) => Promise<unknown>;
  readonly onClose: () => void;
}

/** Says what is left of the latest redrive of a lane, and continues it. */
export function Resume({ lane, onConfirm, onClose }: ResumeProps) {
  const { document: records } = useDocument<readonly AuditRecord[]>('audit', { since: '30d', limit: LIMIT });
  const latest = records?.find(({ action, dependency }) => action === 'redrive' && dependency === lane);
  return (
    <Confirm title={`Resume the redrive of ${lane}`} action="Resume" onConfirm={onConfirm} onClose={onClose}>
      <OthersMet action="redrive" lane={lane} filter={{}} />
      {latest && <p>{resumedText(latest)}</p>}
      <ul>
        <CircuitNow dependency={lane} />
      </ul>
    </Confirm>
  );
}
