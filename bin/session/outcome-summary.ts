import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import type { ActFacts } from '../../lambdas/domain/operator/act.ts';
import type { Death, RedriveOutcomes } from '../../lambdas/use-cases/redrive/outcomes.ts';

/** Causes of deaths that are named. */
const MOST_DEATHS = 3;
const LONGEST_EXCERPT = 120;

/** How the dead letters ended, such as `2 recovered, 1 died again (permanent: message: no such card)`. */
export function summaryOf(outcomes: RedriveOutcomes): string {
  const { moved, followed, isSample, byOutcome, died, deaths, underWay, held, waiting } = outcomes;
  const parts = [
    ...Object.entries(byOutcome).map(([outcome, count]) => `${count} ${outcome}`),
    ...(died > 0 ? [`${died} died again (${causesOf(deaths)})`] : []),
    ...(underWay > 0 ? [`${underWay} still under way`] : []),
    ...(held > 0 ? [`${held} held`] : []),
    ...(waiting > 0 ? [`${waiting} not yet read by the lane`] : []),
  ];
  const among = isSample ? `Of ${followed} of the ${moved} moved: ` : '';
  return `${among}${parts.join(', ')}`;
}

/** The numbers of the audit log. Of a sample, `followed` says how large it was. */
export function outcomeFacts(outcomes: RedriveOutcomes): ActFacts {
  const { followed, isSample, healed, died, underWay, held, waiting } = outcomes;
  const pending = underWay + held + waiting;
  return { ...(isSample && { followed }), healed, died, ...(pending > 0 && { pending }) };
}

function causesOf(deaths: readonly Death[]): string {
  const named = deaths.slice(0, MOST_DEATHS).map(({ reason, rule, excerpt, count }) => {
    const why = excerpt === undefined ? `rule ${rule}` : shortened(excerpt);
    return `${deaths.length > 1 ? `${count} ` : ''}${reason}: ${why}`;
  });
  return `${named.join('; ')}${deaths.length > MOST_DEATHS ? '; and others' : ''}`;
}

function shortened(text: string): string {
  return text.length > LONGEST_EXCERPT ? `${text.slice(0, LONGEST_EXCERPT)} …` : text;
}

/** Words of the commands that fit how the dead letters ended. */
export function outcomeHints(outcomes: RedriveOutcomes | undefined, dependency: string): readonly string[] {
  const { died = 0, deaths = [], underWay = 0, held = 0, waiting = 0 } = outcomes ?? {};
  const [id] = deaths.flatMap(({ ids }) => ids);
  const lane = shellWord(dependency);
  return [
    ...(died === 1 && id !== undefined ? [`dlq show ${id}`] : []),
    ...(died !== 1 ? [`dlq ls ${lane}`] : []),
    ...(underWay + held + waiting > 0 ? [`failures --dependency ${lane}`] : []),
    'status',
  ];
}
