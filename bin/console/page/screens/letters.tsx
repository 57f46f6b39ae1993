import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Incident } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { type DependencyGroups, LetterGroups } from '../letter-groups.ts';
import { nextStep } from '../next-step.ts';
import { Problem } from '../parts/basics.tsx';
import { Others } from '../parts/others.tsx';
import { ActButton } from '../rights.tsx';
import { type StepsLeft, stepsLeftOf } from '../steps-left.ts';
import { count } from '../text.ts';
import { useFailures } from './failures.tsx';
import { allOf, RedriveDialog } from './letter-actions.tsx';
import { LetterGroup } from './letter-group.tsx';

const INCIDENTS_EVERY_MS = 30_000;

type Query = Readonly<Record<string, string>>;

/** Dead letters by dependency, in groups with the same cause. */
export function Letters({ query }: { readonly query: Query }) {
  const { rows, loads, problem, isLoading, hasMore, loadMore, reload } = useFailures({
    since: '14d',
    ...query,
    status: 'dead',
  });
  const { document: incidents = [] } = useDocument<readonly Incident[]>('incidents', {}, INCIDENTS_EVERY_MS);
  // Groups count all dead letters, so all pages are needed.
  useEffect(() => {
    if (hasMore && !isLoading) loadMore();
  }, [hasMore, isLoading, loadMore]);
  const grouping = useMemo(() => new LetterGroups(), [rows]);
  const dependencies = useMemo(() => {
    grouping.take(rows);
    return grouping.all();
  }, [grouping, rows, loads]);
  const groups = dependencies.reduce((sum, each) => sum + each.groups.length, 0);
  return (
    <>
      <h1>Dead letters{query.dependency === undefined ? '' : ` of ${query.dependency}`}</h1>
      <Problem text={problem} />
      <p role="status" class="quiet">
        {rows.length === 0 && isLoading
          ? 'Loading…'
          : `${count(rows.length, 'dead letter')} in ${count(groups, 'group')}${isLoading ? ', loading…' : ''}`}
      </p>
      <Others of={query.dependency} />
      {rows.length === 0 && !isLoading && <p>No dead letters: nothing to do.</p>}
      {dependencies.map((each) => (
        <OfDependency
          key={each.dependency}
          of={each}
          isWhole={!isLoading && !hasMore}
          stepsLeft={stepsLeftOf(incidents, each.dependency)}
          onChange={reload}
        />
      ))}
    </>
  );
}

interface OfDependencyProps {
  readonly of: DependencyGroups;
  /** Whether all pages are loaded. */
  readonly isWhole: boolean;
  readonly stepsLeft: StepsLeft;
  readonly onChange: () => void;
}

function OfDependency({ of: { dependency, total, groups }, isWhole, stepsLeft, onChange }: OfDependencyProps) {
  const [open, setOpen] = useState<string>();
  const [isAsked, setIsAsked] = useState(false);
  const isRedriveNext =
    stepsLeft.ids.size === 0 &&
    groups.every(({ reason, halfDone }) => nextStep(reason, halfDone.length > 0) === 'redrive');
  return (
    <section aria-label={`Dead letters of ${dependency}`}>
      <div class="row apart">
        <h2>
          {dependency} <span class="quiet">{count(total, 'dead letter')}</span>
        </h2>
        {total > 1 && (
          <ActButton class={isRedriveNext ? 'primary' : undefined} onClick={() => setIsAsked(true)}>
            Redrive all{isWhole ? ` ${total.toLocaleString('en')}` : ''} of {dependency}
          </ActButton>
        )}
      </div>
      <ul class="groups" aria-label={`Groups of ${dependency}`}>
        {groups.map((group) => (
          <LetterGroup
            key={group.key}
            group={group}
            isExact={groups.every((each) => each === group || !isAlike(each, group))}
            isOpen={open === group.key}
            stepsLeft={stepsLeft}
            onToggle={() => setOpen(open === group.key ? undefined : group.key)}
            onChange={onChange}
          />
        ))}
      </ul>
      {isAsked && (
        <RedriveDialog
          {...allOf(dependency)}
          onClose={() => {
            setIsAsked(false);
            onChange();
          }}
        />
      )}
    </section>
  );
}

type Cause = Pick<DependencyGroups['groups'][number], 'rule' | 'reason'>;

/** Whether a filter by rule and reason takes both groups. */
function isAlike(a: Cause, b: Cause): boolean {
  return a.rule === b.rule && a.reason === b.reason;
}
