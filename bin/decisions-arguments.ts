import { userInfo } from 'node:os';
import { MAX_BY_LENGTH, MAX_WHY_LENGTH } from '../lambdas/shared/conflict/answer-question.ts';
import type { Choice } from '../lambdas/shared/conflict/conflict-record.ts';
import { parse, shortText, UsageError, withUsage } from './arguments.ts';

export const USAGE = `Shows the conflicts that no rule can settle, and takes your decision.

usage: npm run decisions                  --table NAME
       npm run decisions -- show FAILURE  --table NAME
       npm run decide -- FAILURE CHOICE   --table NAME --why TEXT --question ID [--body FILE] [--by NAME]

CHOICE is ours (make the write again, upon what is there now), theirs (leave what is there), merged (write the JSON of --body, the
whole state, instead), or abandon (the operation is discarded). It holds for the version that was shown: if that has changed
meanwhile, the question is asked anew. --question is the one that you have looked at, as show tells it; --by is your user name unless
you say so. --table is the output LedgerTableName of the stack; LEDGER_TABLE in the environment does as well.

example: npm run decide -- order-7-address ours --question 1.1 --why 'the customer has confirmed it by phone'`;

export type Command = { readonly table: string } & (
  | { readonly action: 'list' }
  | { readonly action: 'show'; readonly id: string }
  | {
      readonly action: 'decide';
      readonly id: string;
      readonly choice: Choice;
      readonly why: string;
      readonly by: string;
      readonly bodyFile?: string;
      readonly question: string;
    }
);

/** Ids as events have them. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MAX_QUESTION_LENGTH = 20;
const CHOICES: readonly string[] = ['ours', 'theirs', 'merged', 'abandon'] satisfies readonly Choice[];

/** @throws UsageError, with the usage, where something is missing or too much */
export function readCommand(args: readonly string[]): Command {
  return withUsage(USAGE, () => read(args));
}

function read(args: readonly string[]): Command {
  const { values, positionals } = parse(args, ['table', 'why', 'body', 'question', 'by']);
  const table = values.table ?? process.env.LEDGER_TABLE;
  const [action = 'list', id, choice, ...others] = positionals;
  if (action !== 'list' && action !== 'show' && action !== 'decide') {
    throw new UsageError(`say list, show or decide, got '${action}'`);
  }
  const most = { list: 1, show: 2, decide: 3 }[action];
  if (positionals.length > most) throw new UsageError(`that is too much: ${positionals.slice(most).join(' ')}`);
  if (others.length > 0) throw new UsageError(`one FAILURE at a time, got ${others.join(' ')}`);
  if (!table) throw new UsageError('--table is missing');
  if (action !== 'decide') {
    const needless = (['why', 'body', 'question', 'by'] as const).find((option) => values[option] !== undefined);
    if (needless) throw new UsageError(`--${needless} goes with decide only`);
    return action === 'list' ? { action, table } : { action, table, id: failureId(id) };
  }
  const by = shortText('--by', values.by ?? userInfo().username, MAX_BY_LENGTH);
  const { body, question } = values;
  return {
    ...{ action, table, by },
    id: failureId(id),
    choice: choiceOf(choice, body),
    why: shortText('--why', values.why, MAX_WHY_LENGTH),
    ...(body !== undefined && { bodyFile: body }),
    question: shortText('--question', question, MAX_QUESTION_LENGTH),
  };
}

function failureId(id: string | undefined): string {
  if (id === undefined) throw new UsageError('FAILURE is missing');
  if (!ID.test(id)) throw new UsageError(`FAILURE must be the id of a failure, got '${id}'`);
  return id;
}

function choiceOf(choice: string | undefined, body: string | undefined): Choice {
  if (choice === undefined) throw new UsageError('CHOICE is missing');
  if (!CHOICES.includes(choice)) throw new UsageError(`CHOICE must be one of ${CHOICES.join(', ')}, got '${choice}'`);
  if (choice === 'merged' && body === undefined) throw new UsageError('--body is missing: it goes with merged');
  if (choice !== 'merged' && body !== undefined) throw new UsageError('--body goes with merged only');
  return choice as Choice;
}
