import type { Answer, Question } from '../../contract/conflict-record.ts';
import { type Check, is, isAbove, isAbsent, isStill } from './check.ts';
import type { QuestionedEntry } from './ledger-changes.ts';
import { IS_NOT_UNDOING, isOpenInCycle, listed, type Transition, trailStep, type WriteTimes } from './transition.ts';

export function storeTaskToken(entry: QuestionedEntry, token: string, times: WriteTimes): Transition {
  const question: Question = { ...entry.question, token };
  return {
    // Only a human can act before the question expires.
    set: { question, ...listed({ id: entry.id, question }, times, Date.parse(question.until)) },
    condition: [...isOpenInCycle(entry), ...isUnanswered(entry)],
  };
}

export function recordAnswer(entry: QuestionedEntry, answer: Answer, times: WriteTimes): Transition {
  const { id, token, state } = entry.question;
  const { at, choice, by, why } = answer;
  const question: Question = { ...entry.question, answer };
  return {
    set: { question, ...listed({ id: entry.id, question }, times, times.now) },
    trail: [trailStep(Date.parse(at), 'decided', { question: id, choice, by, why })],
    condition: [
      ...isOpenInCycle(entry),
      ...isUnanswered(entry),
      IS_NOT_UNDOING,
      isAbove('question.until', at),
      is('question.state', state),
      isStill('question.token', token),
    ],
  };
}

function isUnanswered({ question }: QuestionedEntry): readonly Check[] {
  return [is('question.id', question.id), isAbsent('question.answer')];
}
