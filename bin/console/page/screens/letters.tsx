import { useEffect, useMemo, useState } from 'preact/hooks';
import type { FailureRow } from '../documents.ts';
import { addressOf } from '../hooks.ts';
import { type Group, LetterGroups } from '../letter-groups.ts';
import { Age, Badge, Problem } from '../parts/basics.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { VirtualTable } from '../parts/virtual-table.tsx';
import { ActButton } from '../rights.tsx';
import { count } from '../text.ts';
import { useFailures } from './failures.tsx';
import { type Chosen, DiscardDialog, RedriveDialog } from './letter-actions.tsx';

type Query = Readonly<Record<string, string>>;

/** The most dead letters that one action names. More than that go by filter. */
const MOST_NAMED = 1_000;

/** Dead letters in groups with the same cause. */
export function Letters({ query }: { readonly query: Query }) {
  const { rows, loads, problem, isLoading, hasMore, loadMore, reload } = useFailures({
    since: '14d',
    ...query,
    status: 'dead',
  });
  // Groups count all dead letters, so all pages are needed.
  useEffect(() => {
    if (hasMore && !isLoading) loadMore();
  }, [hasMore, isLoading, loadMore]);
  const grouping = useMemo(() => new LetterGroups(), [rows]);
  const groups = useMemo(() => {
    grouping.take(rows);
    return grouping.all();
  }, [grouping, rows, loads]);
  const [open, setOpen] = useState<string>();
  return (
    <>
      <h1>Dead letters{query.dependency === undefined ? '' : ` of ${query.dependency}`}</h1>
      <Problem text={problem} />
      <p role="status" class="quiet">
        {rows.length === 0 && isLoading
          ? 'Loading…'
          : `${count(rows.length, 'dead letter')} in ${count(groups.length, 'group')}${isLoading ? ', loading…' : ''}`}
      </p>
      {rows.length === 0 && !isLoading && <p>No dead letters: nothing to do.</p>}
      <ul class="groups" aria-label="Groups of dead letters">
        {groups.map((group) => (
          <GroupCard
            key={group.key}
            group={group}
            isOpen={open === group.key}
            onToggle={() => setOpen(open === group.key ? undefined : group.key)}
            onChange={reload}
          />
        ))}
      </ul>
    </>
  );
}

interface GroupCardProps {
  readonly group: Group;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly onChange: () => void;
}

type Asked = { readonly action: 'redrive' | 'discard' } & Chosen;

function GroupCard({ group, isOpen, onToggle, onChange }: GroupCardProps) {
  const { dependency, rule, reason, pattern, rows, times } = group;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Asked>();
  const chosen = chosenOf(group, selected);
  const close = () => {
    setAsked(undefined);
    setSelected(new Set());
    onChange();
  };
  return (
    <li class="card">
      <div class="row">
        <button type="button" class="plain" aria-expanded={isOpen} onClick={onToggle}>
          <strong>{dependency}</strong> {rule} <Badge tone="warn">{reason}</Badge>
        </button>
        <Sparkline times={times} label={`When the dead letters of ${dependency} by ${rule} arrived`} />
        <strong>{rows.length.toLocaleString('en')}</strong>
      </div>
      {pattern !== '' && <pre>{pattern}</pre>}
      <div class="buttons">
        <ActButton class="primary" onClick={() => setAsked({ action: 'redrive', ...chosen })}>
          Redrive {chosen.words}
        </ActButton>
        <ActButton class="danger" onClick={() => setAsked({ action: 'discard', ...chosen })}>
          Discard {chosen.words}
        </ActButton>
        {isOpen && rows.length > 1 && rows.length <= MOST_NAMED && (
          <button
            type="button"
            onClick={() => setSelected(selected.size === rows.length ? new Set() : new Set(rows.map(({ id }) => id)))}
          >
            {selected.size === rows.length ? 'Select none' : `Select all ${rows.length}`}
          </button>
        )}
      </div>
      {isOpen && <GroupRows rows={rows} selected={selected} onSelect={setSelected} />}
      {asked?.action === 'redrive' && <RedriveDialog {...asked} onClose={close} />}
      {asked?.action === 'discard' && <DiscardDialog {...asked} onClose={close} />}
    </li>
  );
}

/** What the buttons of a group act on: the selected dead letters, or all that match the group. */
function chosenOf({ dependency, rule, reason, rows }: Group, selected: ReadonlySet<string>): Chosen {
  if (selected.size > 0)
    return {
      lane: dependency,
      filter: { dependency, ids: [...selected] },
      words: `${selected.size} selected`,
      title: `${selected.size} selected of ${dependency}`,
    };
  const filter = { dependency, rule, reasons: [reason] };
  const [only] = rows.length === 1 ? rows : [];
  const what = only === undefined ? `all with rule ${rule}` : only.id;
  return { lane: dependency, filter, words: only ? 'it' : 'all that match', title: `${what} of ${dependency}` };
}

interface GroupRowsProps {
  readonly rows: readonly FailureRow[];
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (selected: ReadonlySet<string>) => void;
}

function GroupRows({ rows, selected, onSelect }: GroupRowsProps) {
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id) && next.size < MOST_NAMED) next.add(id);
    onSelect(next);
  };
  return (
    <VirtualTable
      label="Dead letters of the group"
      head={[
        <span key="select" class="hidden">
          Select
        </span>,
        'Failure',
        'Tenant',
        'Error',
        'Attempts',
        'Cycle',
        'Age',
      ]}
      columns="2.5rem minmax(9rem, 2fr) 6rem minmax(10rem, 3fr) 5rem 4rem 6rem"
      phone={{ shows: [0, 1, 3, 6], columns: '1.5rem 3fr 3fr 3.5rem' }}
      count={rows.length}
      row={(index) => {
        const row = rows[index];
        if (!row) return [];
        const { id, dependency, tenant, excerpt = '', attempts, cycle, receivedAt, settledAt = receivedAt } = row;
        return [
          <input
            key="select"
            type="checkbox"
            aria-label={`Select ${id}`}
            checked={selected.has(id)}
            onChange={() => toggle(id)}
          />,
          <a key="id" href={addressOf('failure', { id, dependency, tenant })}>
            {id}
          </a>,
          tenant ?? '',
          <span key="error" title={excerpt}>
            {excerpt}
          </span>,
          attempts,
          cycle,
          <Age key="at" at={settledAt} />,
        ];
      }}
    />
  );
}
