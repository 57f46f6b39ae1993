import type { Acknowledges, Filter } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { count } from '../text.ts';
import { Badge } from './basics.tsx';

/** What is about to be done to a dependency. */
export interface Intended {
  readonly action: 'redrive' | 'discard' | 'edit' | 'decide' | 'circuit' | 'lane';
  readonly dependency: string;
  readonly filter?: Filter;
}

/** Says which incidents an action will acknowledge, and which it leaves open. */
export function Acknowledged({ by }: { readonly by: Intended }) {
  const asked = useDocument<Acknowledges>('acknowledges', by);
  return <AcknowledgedList of={asked.document} />;
}

export function AcknowledgedList({ of }: { readonly of: Acknowledges | undefined }) {
  const acknowledges = of?.acknowledges.filter(({ state }) => state === 'open') ?? [];
  const keeps = of?.keeps.filter(({ state }) => state === 'open') ?? [];
  if (acknowledges.length + keeps.length === 0) return null;
  return (
    <div class="acknowledged">
      {acknowledges.length > 0 && (
        <>
          <p>Acknowledges {count(acknowledges.length, 'incident')}, so that nobody else is paged:</p>
          <Named incidents={acknowledges} />
        </>
      )}
      {keeps.length > 0 && (
        <>
          <p>Leaves {count(keeps.length, 'incident')} open:</p>
          <Named incidents={keeps} />
        </>
      )}
    </div>
  );
}

function Named({ incidents }: { readonly incidents: Acknowledges['keeps'] }) {
  return (
    <ul>
      {incidents.map(({ of, cause, priority, summary }) => (
        <li key={of + cause}>
          <Badge tone={priority === 'P1' ? 'bad' : 'warn'}>{priority}</Badge> {summary}
        </li>
      ))}
    </ul>
  );
}
