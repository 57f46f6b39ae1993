import { hasStepsLeft } from '../../lambdas/contract/compensation.ts';
import { iso } from '../../lambdas/contract/time.ts';
import { type AddCommand, example } from '../session/command.ts';
import {
  addFilter,
  countsByReason,
  deadLetterCount,
  type FilterOptions,
  filterOf,
  inWords,
  lanesOf,
  lookAt,
  type Row,
  reasonOf,
  rowOf,
  selectsAll,
} from '../session/dead-letters.ts';
import { filterHint, nothingSeen, noting } from '../session/filter-hint.ts';
import { whole } from '../session/options.ts';
import type { Cell, Style } from '../session/printer.ts';
import { progressOn } from '../session/progress.ts';
import type { Session } from '../session/session.ts';
import { shortSpan } from '../session/short-span.ts';

interface Options extends FilterOptions {
  readonly limit: number;
  readonly parked?: boolean;
}

export const addList: AddCommand = (dlq, open) => {
  addFilter(
    dlq
      .command('ls')
      .argument('[dependency]', 'default: all')
      .description(
        "List dead letters, oldest first, with counts by reason. Other readers can't see these dead letters for up to a minute.",
      ),
  )
    .option('--limit <count>', 'dead letters to show, 1 to 1000; counts include all', whole(1, 1_000), 50)
    .option('--parked', 'only parked dead letters, which used up their redrive cycles')
    .addHelpText('after', example('backstop dlq ls payments --reason exhausted --since 2h'))
    .action(async (lane: string | undefined, options: Options, command) => list(await open(command), lane, options));
};

/** Shows how many dead letters of all queues are read so far, on a terminal only. */
function progressOfLook({ print }: Session) {
  const queues = new Map<string, { readonly seen: number; readonly depth: number }>();
  const sum = (of: 'seen' | 'depth') => [...queues.values()].reduce((total, each) => total + each[of], 0);
  const progress = progressOn(process.stderr, 0, print.isJson);
  return {
    onSeen: (queue: string) => (seen: number, depth: number | undefined) => {
      queues.set(queue, { seen, depth: Math.max(seen, depth ?? 0) });
      progress.show(sum('seen'), 'dead letters read', sum('depth'));
    },
    end: () => progress.end(),
  };
}

interface Listed extends Row {
  readonly lane: string;
}

/** What the queues hold, as far as the filter selects it. */
interface Look {
  readonly rows: readonly Listed[];
  readonly isWhole: boolean;
  readonly hidden: number;
  readonly newer: number;
  /** What may be wrong with a filter that selects nothing. */
  readonly hint: string | undefined;
}

async function lookInto(session: Session, lane: string | undefined, options: Options): Promise<Look> {
  const { deployment } = session;
  const name = lane ?? options.dependency;
  const lanes = lanesOf(session, name);
  const filter = filterOf({ ...options, dependency: options.parked ? name : options.dependency });
  const queues = options.parked
    ? [{ name: 'parked', url: deployment.parkedQueueUrl }]
    : lanes.map((each) => ({ name: each.name, url: each.deadLetterQueueUrl }));
  // Without a filter the list includes messages that are neither dead letters nor events.
  const includeOther = selectsAll(filter);
  // In parallel: it takes seconds to know that a queue is empty.
  const look = progressOfLook(session);
  const values = nothingSeen();
  const seen = await Promise.all(
    queues.map(({ name: queue, url }) =>
      lookAt(session, url, { filter, includeOther, onSeen: look.onSeen(queue), watched: noting(values) }),
    ),
  ).finally(look.end);
  const sumOf = (of: 'hidden' | 'newer') => seen.reduce((sum, each) => sum + each[of], 0);
  const rows: readonly Listed[] = seen.flatMap(({ found }, at) =>
    found.map((each) => ({ lane: queues[at]?.name ?? '', ...rowOf(each) })),
  );
  return {
    rows,
    isWhole: seen.every((each) => each.isWhole),
    hidden: sumOf('hidden'),
    newer: sumOf('newer'),
    hint: rows.length > 0 ? undefined : filterHint(filter, values),
  };
}

async function list(session: Session, lane: string | undefined, options: Options): Promise<void> {
  const { print, now } = session;
  const { rows, isWhole, hidden, newer, hint } = await lookInto(session, lane, options);
  const shown = rows.toSorted((a, b) => a.at - b.at).slice(0, options.limit);
  const counts = countsByReason(rows);
  const document = {
    letters: shown.map(({ at, ...row }) => ({ ...row, at: iso(at) })),
    total: rows.length,
    isWhole,
    hidden,
    newer,
    counts,
    hint,
  };
  print.result(document, () => {
    if (hidden > 0) print.line(`Another reader hides ${deadLetterCount(hidden)}: list again in some minutes.`);
    if (hint !== undefined) print.line(hint);
    if (rows.length === 0) return print.line(options.parked ? 'No parked dead letters.' : 'No matching dead letters.');
    print.records(
      ['id', 'dependency', 'reason', 'rule', 'attempts', 'cycle', 'age'],
      shown.map((row) => cells(row, now())),
    );
    print.line();
    if (newer > 0) print.line(`  More arrive: ${newer} of these since the listing began. List again for the rest.`);
    const more = rows.length > shown.length ? `, ${shown.length} shown` : '';
    print.line(`  ${deadLetterCount(rows.length)}${isWhole ? '' : ' or more'}${more}: ${inWords(counts)}`);
    print.line(`  next: ${session.command('dlq show ID')}`);
  });
}

function cells(row: Listed, now: number): Cell[] {
  const { id, lane, dependency = lane, rule, attempts, cycle, at } = row;
  const style: Style = hasStepsLeft(row) ? 'red' : 'yellow';
  return [id, dependency, { text: reasonOf(row), style }, rule, attempts, cycle, shortSpan(now - at)];
}
