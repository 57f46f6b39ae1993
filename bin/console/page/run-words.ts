import { addressOf } from './address.ts';
import type { SeenRun } from './documents.ts';
import { count } from './text.ts';

type Tone = 'info' | 'warn' | 'good' | 'bad';

/** How a run is or ended, in a word. */
export function endOf({ what, state, outcome: told, document }: SeenRun): {
  readonly tone: Tone;
  readonly word: string;
} {
  switch (state) {
    case 'running':
    case 'pausing':
      return { tone: 'info', word: state };
    case 'paused':
      return { tone: 'warn', word: state };
    case 'failed':
      return { tone: 'bad', word: state };
    case 'done':
      break;
    default:
      return state satisfies never;
  }
  const outcome = told ?? outcomeOf(document);
  switch (outcome) {
    case 'died-again':
      return { tone: 'bad', word: 'died again' };
    case 'under-way':
      return { tone: 'info', word: 'moved, under way' };
    case 'healed':
      return { tone: 'good', word: 'healed' };
    case undefined:
      return what === 'redrive' ? { tone: 'info', word: 'moved' } : { tone: 'good', word: state };
    default:
      return outcome satisfies never;
  }
}

/** What a run does, or what it did and how its dead letters ended. */
export function summaryOf({ state, what, done, total, text, document }: SeenRun): string {
  if (state === 'running' || state === 'pausing') return total > 0 ? `${done} of ${total} ${text}` : 'counting…';
  if (document === undefined) return text;
  const { moved, matched, left, newer, discarded, outcomes } = Object(document);
  if (what === 'discard') return `discarded ${Array.isArray(discarded) ? discarded.length : 0}`;
  if (state === 'failed' && moved === undefined) return text;
  const wanted = matched ?? total;
  const counted = moved === wanted ? `moved ${moved}` : `moved ${moved ?? done} of ${wanted}`;
  const became = outcomes?.summary === undefined ? '' : `: ${outcomes.summary}`;
  const more = Number(newer) > 0 ? `; ${newer} new ones arrived during it and were not moved` : '';
  return `${counted}${became}${othersOf(Number(left), moved === matched)}${more}`;
}

function outcomeOf(document: unknown): SeenRun['outcome'] {
  const { outcomes } = Object(document);
  if (outcomes === undefined) return undefined;
  if (outcomes.died > 0) return 'died-again';
  return outcomes.underWay > 0 ? 'under-way' : 'healed';
}

/** Where to read on about the dead letters of a run that died again, or that it left. */
export function linkOf({
  of,
  what,
  state,
  document,
}: SeenRun): { readonly href: string; readonly text: string } | undefined {
  if (what !== 'redrive' || state === 'running' || state === 'pausing') return undefined;
  const { outcomes } = Object(document);
  const ids: readonly string[] = (outcomes?.deaths ?? []).flatMap(({ ids = [] }: { ids?: readonly string[] }) => ids);
  const [only] = ids.length === 1 && outcomes?.died === 1 ? ids : [];
  if (only !== undefined)
    return { href: addressOf('failure', { id: only, dependency: of }), text: `Why ${only} died again` };
  if (Number(outcomes?.died) > 0)
    return {
      href: addressOf('letters', { dependency: of }),
      text: `The ${count(outcomes.died, 'dead letter')} that died again`,
    };
  if (Number(outcomes?.underWay) > 0)
    return { href: addressOf('failures', { dependency: of }), text: `Those under way` };
  return undefined;
}

/** Those that stay: others than the run was about, or some of its own. */
function othersOf(left: number, isWhole: boolean): string {
  if (!(left > 0)) return '';
  return isWhole ? `; ${count(left, 'other')} ${left === 1 ? 'stays' : 'stay'}` : `, ${left} left`;
}
