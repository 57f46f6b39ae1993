import { addressOf } from '../address.ts';
import type { FailureRow } from '../documents.ts';

/** Ids that differ only at their end must not look alike where a column is narrow. */
const END = 8;

type Named = Pick<FailureRow, 'id' | 'dependency' | 'tenant'>;

/** The id of a failure, with a link to it. A narrow column cuts it in the middle. */
export function FailureLink({ of: { id, dependency, tenant } }: { readonly of: Named }) {
  return (
    <a class="cut" href={addressOf('failure', { id, dependency, tenant })} aria-label={id} title={id}>
      <span>{id.slice(0, -END)}</span>
      <span>{id.slice(-END)}</span>
    </a>
  );
}
