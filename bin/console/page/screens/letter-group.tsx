import { useState } from 'preact/hooks';
import { addressOf } from '../address.ts';
import type { FailureRow, Filter } from '../documents.ts';
import { type Group, headingOf } from '../letter-groups.ts';
import { adviceOn, nextStep } from '../next-step.ts';
import { ArrivalsChart } from '../parts/arrivals-chart.tsx';
import { Age } from '../parts/basics.tsx';
import { StepsLeftBadge } from '../parts/completed-steps.tsx';
import { FailureLink } from '../parts/failure-link.tsx';
import { VirtualTable } from '../parts/virtual-table.tsx';
import { ActButton } from '../rights.tsx';
import { isHalfDone, type StepsLeft } from '../steps-left.ts';
import { capital } from '../text.ts';
import { type Chosen, DiscardDialog, RedriveDialog } from './letter-actions.tsx';

/** The most dead letters that one action names. More than that go by filter. */
const MOST_NAMED = 1_000;

interface LetterGroupProps {
  readonly group: Group;
  /** Whether a filter by rule and reason takes this group only. */
  readonly isExact: boolean;
  readonly isOpen: boolean;
  readonly stepsLeft: StepsLeft;
  readonly onToggle: () => void;
  readonly onChange: () => void;
}

type Asked = { readonly action: 'redrive' | 'discard' } & Chosen;

/** Dead letters that failed in the same way: how many, when they came, why, and what to do with them. */
export function LetterGroup({ group, isExact, isOpen, stepsLeft, onToggle, onChange }: LetterGroupProps) {
  const { dependency, reason, rows } = group;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Asked>();
  const chosen = chosenOf(group, selected, isExact);
  const halfDone = halfDoneOf(group, stepsLeft);
  const isRedrive = nextStep(reason, halfDone.length > 0) === 'redrive';
  const first = halfDone[0] ?? rows[0];
  const close = () => {
    setAsked(undefined);
    setSelected(new Set());
    onChange();
  };
  return (
    <li class="card">
      <GroupHead {...{ group, isOpen, onToggle }} halfDone={halfDone.length} />
      <div class="buttons">
        {!isRedrive && first && (
          <a class="button primary" href={addressOf('failure', { id: first.id, dependency, tenant: first.tenant })}>
            Look at {first.id}
          </a>
        )}
        <ActButton class={isRedrive ? 'primary' : undefined} onClick={() => setAsked({ action: 'redrive', ...chosen })}>
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
      {isOpen && <GroupRows {...{ rows, selected, stepsLeft }} onSelect={setSelected} />}
      {asked?.action === 'redrive' && <RedriveDialog {...asked} onClose={close} />}
      {asked?.action === 'discard' && (
        <DiscardDialog {...asked} shown={asked.filter.ids ?? rows.map(({ id }) => id)} onClose={close} />
      )}
    </li>
  );
}

/** Dead letters of a group with completed steps that are still in effect. The incidents know further ones. */
function halfDoneOf({ rows, halfDone }: Group, stepsLeft: StepsLeft): readonly FailureRow[] {
  return stepsLeft.ids.size === 0 ? halfDone : rows.filter((row) => isHalfDone(row, stepsLeft));
}

interface GroupHeadProps extends Pick<LetterGroupProps, 'group' | 'isOpen' | 'onToggle'> {
  /** How many have completed steps that are still in effect. */
  readonly halfDone: number;
}

function GroupHead({ group, halfDone, isOpen, onToggle }: GroupHeadProps) {
  const { dependency, rule, reason, statusCode, rows, times } = group;
  const heading = headingOf(group);
  return (
    <>
      <div class="row">
        <strong class="number">{rows.length.toLocaleString('en')}</strong>
        <button type="button" class="plain fold" aria-expanded={isOpen} onClick={onToggle}>
          <strong>{reason}</strong>
          {statusCode === undefined ? '' : `, HTTP ${statusCode}`}, rule {rule}
        </button>
        {halfDone > 0 && <StepsLeftBadge count={halfDone} />}
        <ArrivalsChart times={times} label={`Arrivals of dead letters of ${dependency} by ${rule}`} />
      </div>
      {heading !== '' && <pre class="short">{heading}</pre>}
      <p>
        {capital(adviceOn(reason))}. <FirstLetters rows={rows} />
      </p>
    </>
  );
}

/** Dead letters that a group names before it is opened. */
const NAMED_FIRST = 3;

function FirstLetters({ rows }: { readonly rows: readonly FailureRow[] }) {
  const more = rows.length - NAMED_FIRST;
  return (
    <span class="quiet ids">
      {rows.slice(0, NAMED_FIRST).map((row) => (
        <FailureLink key={row.id + row.tenant} of={row} />
      ))}
      {more > 0 && `and ${more.toLocaleString('en')} more`}
    </span>
  );
}

/** What the buttons of a group act on: the selected dead letters, those of the group, or all with its rule. */
function chosenOf({ dependency, rule, reason, rows }: Group, selected: ReadonlySet<string>, isExact: boolean): Chosen {
  const named = (ids: readonly string[], words: string, more: Filter = {}): Chosen => ({
    lane: dependency,
    filter: { dependency, ids, ...more },
    words,
    title: `${words === 'it' ? ids[0] : words} of ${dependency}`,
  });
  if (selected.size > 0) return named([...selected], `${selected.size} selected`);
  const [only] = rows.length === 1 ? rows : [];
  if (only) return named([only.id], 'it', { tenant: only.tenant ?? '' });
  if (!isExact && rows.length <= MOST_NAMED) {
    const ids = new Set(rows.map(({ id }) => id));
    // Tenants may use the same id. A filter by ids can't tell them apart.
    if (ids.size === rows.length) return named([...ids], `these ${ids.size}`);
  }
  return {
    lane: dependency,
    filter: { dependency, rule, reasons: [reason] },
    words: isExact ? 'all that match' : 'all with this rule',
    title: `all with rule ${rule} of ${dependency}`,
  };
}

interface GroupRowsProps {
  readonly rows: readonly FailureRow[];
  readonly selected: ReadonlySet<string>;
  readonly stepsLeft: StepsLeft;
  readonly onSelect: (selected: ReadonlySet<string>) => void;
}

function GroupRows({ rows, selected, stepsLeft, onSelect }: GroupRowsProps) {
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
        return row
          ? cellsOf(row, { isSelected: selected.has(row.id), isLeft: isHalfDone(row, stepsLeft), toggle })
          : [];
      }}
    />
  );
}

interface CellFacts {
  readonly isSelected: boolean;
  /** Whether completed steps are still in effect. */
  readonly isLeft: boolean;
  readonly toggle: (id: string) => void;
}

function cellsOf(row: FailureRow, { isSelected, isLeft, toggle }: CellFacts) {
  const { id, tenant, excerpt = '', attempts, cycle, receivedAt, settledAt = receivedAt } = row;
  return [
    <input key="select" type="checkbox" aria-label={`Select ${id}`} checked={isSelected} onChange={() => toggle(id)} />,
    <FailureLink key="id" of={row} />,
    tenant ?? '',
    <span key="error" title={excerpt}>
      {isLeft && <StepsLeftBadge />} {excerpt}
    </span>,
    attempts,
    cycle,
    <Age key="at" at={settledAt} />,
  ];
}
