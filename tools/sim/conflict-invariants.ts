import { type FailureKey, failureKey, failureName } from '../../lambdas/contract/failure-key.ts';
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
  'each question is answered once': (facts) => {
    const { question } = facts.entry;
    const all = facts.services.confirmed.filter(({ key }) => key === failureKey(facts.entry));
    const twice = all.find((each) => all.some((other) => other !== each && other.question === each.question));
    if (twice) return `${twice.question} by ${twice.choice} and another`;
    const told = all.find((each) => each.question === question?.id)?.choice;
    return told !== undefined && told !== question?.answer?.choice && `${told} was said, ${question?.answer?.choice}`;
  },
  // A repetition finds its own change in the current state, and merges what others have changed since.
  'no update happens twice, unless a human decides': (facts) =>
    facts.written.some((write, n) => n > 0 && changes(write).length > 0 && !isDecided(write, facts)) &&
    'a repetition changed something',
};

function answeredAt({ answer }: { readonly answer?: { readonly at: string } }): number {
  return answer === undefined ? Number.POSITIVE_INFINITY : Date.parse(answer.at);
}

/** Whether a write changes a field that others have changed, without a human's word. */
function losesOthers(write: Written, facts: Facts): boolean {
  const { before } = write;
  const isOthers = (field: keyof typeof BASE) => before[field] !== BASE[field] && before[field] !== OURS[field];
  return !isDecided(write, facts) && changes(write).some(isOthers);
}

/** Names of the fields that a write changed. */
function changes({ before, after }: Written) {
  return (Object.keys(BASE) as (keyof typeof BASE)[]).filter((field) => before[field] !== after[field]);
}

/** Whether a human decided that the write is made on the version that it names. */
function isDecided({ at, ifMatch }: Written, { entry, services }: Facts): boolean {
  const key = failureKey(entry);
  return services.decided.some(
    (each) => each.key === key && each.at <= at && each.version === ifMatch && each.choice !== 'theirs',
  );
}

/** In an ordered lane, one failure of a resource is open at a time, but for messages that left the order. */
export function unordered({ open, letters }: Services, { isOrdered }: Scenario): readonly Violation[] {
  if (!isOrdered) return [];
  const setAside = letters.filter((letter) => !letter.includes('backstop-dead-letter'));
  // No worker had claimed such a message in five receives. Only a process beyond its timeout can still do that.
  const hasLeft = (key: FailureKey) => setAside.some((letter) => letter.includes(`"${failureName(key)?.id}"`));
  const spans = [...open].filter(([key]) => !hasLeft(key)).toSorted(([, a], [, b]) => a.from - b.from);
  return spans.flatMap(([key, { from }], n) => {
    const before = spans.slice(0, n).find(([, { until }]) => until > from);
    if (!before) return [];
    return [{ invariant: 'one failure of a resource is open at a time', about: `${key} beside ${before[0]}` }];
  });
}
