import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { addressOf } from '../address.ts';
import { call } from '../call.ts';
import type { FailurePage, FailureRow, Status } from '../documents.ts';
import { Age, Badge, Problem } from '../parts/basics.tsx';
import { FailureLink } from '../parts/failure-link.tsx';
import { VirtualTable } from '../parts/virtual-table.tsx';
import { loadedText } from '../text.ts';

type Query = Readonly<Record<string, string>>;

const STATUSES = ['running', 'held', 'decision', 'undoing', 'dead', 'parked'];
/** Failures to load before the operator scrolls: more than a screen shows. */
const FIRST_ROWS = 60;
/** Days back that a search covers unless the operator says otherwise. */
const DEFAULT_SINCE = '1d';

/** Searches the failures that are not over: under way, held, waiting for a decision, or dead. */
export function Failures({ query, status }: { readonly query: Query; readonly status: Status | undefined }) {
  const { rows, problem, isLoading, hasMore, loadMore } = useFailures(query);
  // A page of the ledger may have few that match. The table asks for more only where it can be scrolled.
  useEffect(() => {
    if (hasMore && !isLoading && problem === undefined && rows.length < FIRST_ROWS) loadMore();
  }, [hasMore, isLoading, problem, rows.length, loadMore]);
  return (
    <>
      <h1>Failures</h1>
      <Search query={query} lanes={status?.lanes.map(({ lane }) => lane) ?? []} />
      <Problem text={problem} />
      <p role="status" class="quiet">
        {loadedText({ loaded: rows.length, isLoading, hasMore, all: allOf(query, status) })}
      </p>
      <VirtualTable
        label="Failures"
        head={['Failure', 'Dependency', 'Status', 'Why', 'Rule', 'Attempts', 'Age']}
        columns="minmax(9rem, 2fr) minmax(7rem, 1fr) 8rem minmax(10rem, 3fr) minmax(8rem, 1.5fr) 5rem 6rem"
        phone={{ shows: [0, 2, 3, 6], columns: '3fr 4.5rem 3fr 3.5rem' }}
        count={rows.length}
        row={(index) => cellsOf(rows[index])}
        onEnd={loadMore}
      />
    </>
  );
}

/** About how many failures a search without other conditions has; undefined if nobody counts them. */
function allOf(query: Query, status: Status | undefined): number | undefined {
  const others = Object.entries(query).filter(([name, value]) => value !== '' && !COUNTED.has(name));
  const counts = query.dependency
    ? status?.lanes.find(({ lane }) => lane === query.dependency)?.counts
    : status?.counts;
  if (!counts || others.length > 0 || (query.since ?? DEFAULT_SINCE) !== DEFAULT_SINCE) return undefined;
  const { running, held, decision, undoing, dead } = counts;
  const byStatus: Readonly<Record<string, number>> = { running, held, decision, undoing, dead };
  return query.status ? byStatus[query.status] : running + held + decision + undoing + dead;
}

/** Conditions that the counts of the status know. */
const COUNTED = new Set(['dependency', 'status', 'since']);

function cellsOf(row: FailureRow | undefined) {
  if (!row) return [];
  const { dependency, tenant, status, where, rule, attempts, receivedAt, excerpt } = row;
  return [
    <FailureLink key="id" of={row} />,
    tenant === undefined ? dependency : `${dependency}/${tenant}`,
    <Badge key="status" tone={status === 'dead' || status === 'parked' ? 'warn' : 'info'}>
      {status}
    </Badge>,
    <span key="why" title={where}>
      {excerpt ?? where}
    </span>,
    rule,
    attempts,
    <Age key="at" at={receivedAt} />,
  ];
}

export function toneOf(outcome: string | undefined) {
  if (outcome === undefined) return 'info';
  return outcome === 'dead-lettered' ? 'warn' : 'good';
}

interface Found {
  /** Grows in place with each page, since there may be very many. */
  readonly rows: FailureRow[];
  /** Pages so far. */
  readonly loads: number;
  readonly next?: string | undefined;
  readonly isLoading: boolean;
  readonly problem?: string;
}

/** Loads a search page by page. */
export function useFailures(query: Query) {
  const [found, setFound] = useState<Found>({ rows: [], loads: 0, isLoading: true });
  /** Number of the latest search. The answer to an earlier one may come later. */
  const latest = useRef(0);
  const wanted = JSON.stringify({ since: DEFAULT_SINCE, ...query });
  const load = useCallback(
    async ({ rows, loads, next }: Pick<Found, 'rows' | 'loads' | 'next'>, search: number) => {
      setFound({ rows, loads, isLoading: true });
      let change: Found;
      try {
        const page = await call<FailurePage>('failures', { ...JSON.parse(wanted), page: next ?? 'start' });
        if (search !== latest.current) return;
        for (const row of page.failures) rows.push(row);
        change = { rows, loads: loads + 1, next: page.next, isLoading: false };
      } catch (error) {
        change = { rows, loads, isLoading: false, problem: (error as Error).message };
      }
      if (search === latest.current) setFound(change);
    },
    [wanted],
  );
  const reload = useCallback(() => {
    latest.current++;
    void load({ rows: [], loads: 0 }, latest.current);
  }, [load]);
  useEffect(reload, [reload]);
  const loadMore = useCallback(() => {
    if (!found.isLoading && found.next !== undefined) void load(found, latest.current);
  }, [found, load]);
  return { ...found, loadMore, hasMore: found.next !== undefined, reload };
}

const TEXT_FIELDS = [
  ['text', 'Part of the error, id or correlation id'],
  ['tenant', 'Tenant'],
  ['rule', 'Rule'],
  ['since', 'Since, such as 2h or 2026-03-01T12:00:00Z'],
  ['until', 'Until, such as 1h'],
] as const;

function Search({ query, lanes }: { readonly query: Query; readonly lanes: readonly string[] }) {
  const search = (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    location.hash = addressOf('failures', Object.fromEntries([...form].map(([name, value]) => [name, String(value)])));
  };
  return (
    <search>
      <form class="search" onSubmit={search} key={JSON.stringify(query)}>
        <Select name="dependency" label="Dependency" options={lanes} chosen={query.dependency} />
        <Select name="status" label="Status" options={STATUSES} chosen={query.status} />
        {TEXT_FIELDS.map(([name, label]) => (
          <label key={name}>
            {label}
            <input name={name} defaultValue={query[name] ?? (name === 'since' ? DEFAULT_SINCE : '')} />
          </label>
        ))}
        <button type="submit" class="primary">
          Search
        </button>
      </form>
    </search>
  );
}

interface SelectProps {
  readonly name: string;
  readonly label: string;
  readonly options: readonly string[];
  readonly chosen: string | undefined;
}

function Select({ name, label, options, chosen = '' }: SelectProps) {
  const all = chosen !== '' && !options.includes(chosen) ? [chosen, ...options] : options;
  return (
    <label>
      {label}
      <select name={name} defaultValue={chosen}>
        <option value="">any</option>
        {all.map((option) => (
          <option key={option} value={option} selected={option === chosen}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}
