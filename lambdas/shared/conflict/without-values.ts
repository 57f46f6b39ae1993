import type { Question, Shown } from './conflict-record.ts';

const NOTHING: Shown = { difference: [] };

/** Who has decided what, and why; nothing of the states that it was about. */
export function withoutValues({ answer, ...question }: Question): Question {
  const emptied = { ...question, shown: JSON.stringify(NOTHING) };
  if (!answer) return emptied;
  const { body: _, ...decision } = answer;
  return { ...emptied, answer: decision };
}
