import { useState } from 'preact/hooks';
import { call } from '../call.ts';
import type { Incident } from '../documents.ts';
import { AcknowledgedList } from '../parts/acknowledged.tsx';
import { Confirm } from '../parts/confirm.tsx';

interface AcknowledgeProps {
  /** The dependency. */
  readonly of: string;
  readonly incidents: readonly Incident[];
  readonly onClose: () => void;
}

/** Acknowledges the incidents of a dependency, or one of them: each may need somebody else. */
export function Acknowledge({ of: dependency, incidents, onClose }: AcknowledgeProps) {
  const open = incidents.filter(({ of, state }) => of === dependency && state === 'open');
  const [chosen, setChosen] = useState<string>();
  const isChosen = ({ cause }: Incident) => chosen === undefined || cause === chosen;
  return (
    <Confirm
      title={`Acknowledge the incidents of ${dependency}`}
      action="Acknowledge"
      onConfirm={(why) => call('acknowledge', { dependency, cause: chosen, why })}
      onClose={onClose}
    >
      {open.length > 1 && (
        <label>
          Which
          <select onChange={({ currentTarget: { value } }) => setChosen(value === '' ? undefined : value)}>
            <option value="">all {open.length}</option>
            {open.map(({ cause, priority, summary }) => (
              <option key={cause} value={cause}>
                {priority}: {summary}
              </option>
            ))}
          </select>
        </label>
      )}
      <AcknowledgedList
        of={{ acknowledges: open.filter(isChosen), keeps: open.filter((incident) => !isChosen(incident)) }}
      />
      <p>Paging services learn of it within seconds. It repairs nothing, and stops nothing.</p>
    </Confirm>
  );
}
