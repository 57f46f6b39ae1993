import { addressOf } from '../address.ts';
import type { Story } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { Loading, Problem } from '../parts/basics.tsx';

/** The failures with a correlation id, also those that have ended. A failure may have the same text as its id. */
export function Related({ id }: { readonly id: string }) {
  const { document, problem } = useDocument<{ readonly failures: readonly Story[] }>('trace', { id });
  if (!document) return problem ? <Problem text={problem} /> : <Loading />;
  return <Several title={`Related by correlation id ${id}`} stories={document.failures} />;
}

/** A list of failures, each with where it is. */
export function Several({ title, stories }: { readonly title: string; readonly stories: readonly Story[] }) {
  return (
    <>
      <h1>{title}</h1>
      <ul>
        {stories.map(({ id, dependency, tenant, where }) => (
          <li key={`${dependency}/${tenant}/${id}`}>
            <a href={addressOf('failure', { id, dependency, tenant })}>{id}</a> {dependency}: {where}
          </li>
        ))}
      </ul>
    </>
  );
}
