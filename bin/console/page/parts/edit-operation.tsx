import { useMemo, useState } from 'preact/hooks';
import { call } from '../call.ts';
import { patchMistakes } from '../edit-check.ts';
import { shown } from '../text.ts';
import { Acknowledged } from './acknowledged.tsx';
import { Problem } from './basics.tsx';
import { Confirm } from './confirm.tsx';
import { JsonEditor } from './json-editor.tsx';
import { Table } from './table.tsx';

interface Change {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

interface EditOperationProps {
  readonly named: { readonly id: string; readonly dependency: string; readonly tenant?: string | undefined };
  /** With sensitive values masked. */
  readonly operation: Readonly<Record<string, unknown>>;
  readonly onClose: () => void;
}

/** Edits the operation of a dead letter by a JSON Merge Patch, and shows the difference before it is stored. */
export function EditOperation({ named, operation, onClose }: EditOperationProps) {
  const filter = { ids: [named.id], dependency: named.dependency, tenant: named.tenant ?? '' };
  const [patch, setPatch] = useState('{\n  "body": {\n    \n  }\n}');
  const { preview, problem, show } = usePreview(named, patch);
  const mistakes = useMemo(() => patchMistakes(patch, operation), [patch, operation]);
  return (
    <Confirm
      title={`Edit the operation of ${named.id}`}
      action="Store the edit"
      offBecause={preview?.of === patch ? undefined : 'Show the difference first.'}
      onConfirm={(why) => call('edit', { ...named, merge: patch, why })}
      onClose={onClose}
    >
      <p>
        A JSON Merge Patch: fields that you name get the new value, and <code>null</code> removes one. Nothing is sent
        until you redrive it.
      </p>
      <details>
        <summary>The operation, with sensitive values masked</summary>
        <pre>{JSON.stringify(operation, undefined, 2)}</pre>
      </details>
      <JsonEditor label="Patch" rows={8} value={patch} mistakes={mistakes} onChange={setPatch} />
      <div class="buttons">
        <button type="button" onClick={show} disabled={mistakes.length > 0}>
          Show the difference
        </button>
      </div>
      <Problem text={problem} />
      {preview && <Acknowledged by={{ action: 'edit', dependency: named.dependency, filter }} />}
      {preview && <Difference of={preview.difference} />}
    </Confirm>
  );
}

/** What a patch would change, once the operator has asked for it. */
function usePreview(named: EditOperationProps['named'], patch: string) {
  const [preview, setPreview] = useState<{ readonly of: string; readonly difference: readonly Change[] }>();
  const [problem, setProblem] = useState<string>();
  const show = async () => {
    setProblem(undefined);
    try {
      const { difference } = await call<{ readonly difference: readonly Change[] }>('edit', { ...named, merge: patch });
      setPreview({ of: patch, difference });
    } catch (error) {
      setPreview(undefined);
      setProblem((error as Error).message);
    }
  };
  return { preview, problem, show };
}

function Difference({ of }: { readonly of: readonly Change[] }) {
  return (
    <Table caption="Difference" hasCaption head={['Field', 'Before', 'After']}>
      {of.map(({ path, before, after }) => (
        <tr key={path}>
          <th scope="row">{path}</th>
          <td>
            <del>{shown(before)}</del>
          </td>
          <td>
            <ins>{shown(after)}</ins>
          </td>
        </tr>
      ))}
    </Table>
  );
}
