import { failureKey } from '../../lambdas/contract/failure-key.ts';
import type { Written } from './cloud/resource.ts';
import type { Check, Facts, Violation } from './facts.ts';
import { BASE, OURS } from './story/report-failures.ts';
import type { Scenario } from './story/scenario.ts';
import type { Services } from './story/services.ts';

/** Promises about an update that has lost a race. */
export const CONFLICT_INVARIANTS: Readonly<Record<string, Check>> = {
  'no update goes out without a version': ({ written }) =>
    written.some(({ ifMatch }) => ifMatch === undefined) && 'it would overwrite what is newer',
  'what others changed is kept, unless a human decides otherwise': (facts) =>
    facts.written.some((write) => losesOthers(write, facts)) && 'a field of others is lost',
  'a decision holds only for the version that the human saw': ({ entry: { question }, written }) =>
    question?.answer !== undefined &&
    written.some(({ at, ifMatch }) => at > answeredAt(question) && ifMatch !== question.version) &&
    `${question.id} is about ${question.version}`,
  'nothing is written after a human kept their version': ({ entry: { question, outcome, conflict }, written }) =>
    question?.answer?.choice === 'theirs' &&
    outcome === 'resolved' &&
    conflict?.winner === 'theirs' &&
    written.some(({ at }) => at > answeredAt(question)) &&
    question.id,
  'a resolved update is there, or a human kept their version': ({ entry, written, services, id }) => {
    const { outcome, conflict } = entry;
    if (outcome !== 'resolved' || conflict?.winner === 'theirs' || written.length > 0) return false;
    const state = services.dependencies.get('payments')?.resources.get(`/orders/${id}`)?.state;
    return state?.a !== OURS.a && `a is ${state?.a}, and nobody wrote`;
  },
  'each question is answered once': ({ entry, services }) => {
    const { question } = entry;
    const all = [...services.answered].filter(([name]) => name.startsWith(`${failureKey(entry)} `));
    const twice = all.find(([, choices]) => choices.length > 1);
    if (twice) return `${twice[0]} by ${twice[1].join(' and ')}`;
    const told = question && services.answered.get(`${failureKey(entry)} ${question.id}`)?.[0];
    return told !== undefined && told !== question?.answer?.choice && `${told} was said, ${question?.answer?.choice}`;
  },
};

function answeredAt({ answer }: { readonly answer?: { readonly at: string } }): number {
  return answer === undefined ? Number.POSITIVE_INFINITY : Date.parse(answer.at);
}

/** Whether a write changes a field that others have changed, without a human's word. */
function losesOthers({ at, before, after }: Written, { entry }: Facts): boolean {
  const { question, cycle } = entry;
  if (question?.answer && at > answeredAt(question)) return false;
  // Earlier questions of the failure, and those of earlier cycles, are no longer in the entry.
  if (cycle > 1 || (question !== undefined && !question.id.endsWith('.1'))) return false;
  return Object.entries(BASE).some(
    ([field, base]) => before[field] !== base && before[field] !== after[field] && before[field] !== OURS.a,
  );
}

/** In an ordered lane, one failure of a resource is open at a time. */
export function unordered({ open }: Services, { isOrdered }: Scenario): readonly Violation[] {
  if (!isOrdered) return [];
  const spans = [...open].toSorted(([, a], [, b]) => a.from - b.from);
  return spans.flatMap(([key, { from }], n) => {
    const before = spans.slice(0, n).find(([, { until }]) => until > from);
    if (!before) return [];
    return [{ invariant: 'one failure of a resource is open at a time', about: `${key} beside ${before[0]}` }];
  });
}
