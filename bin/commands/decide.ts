import { readFileSync } from 'node:fs';
import { Argument } from 'commander';
import { createWaker } from '../../lambdas/adapters/conflict/wake.ts';
import type { Choice } from '../../lambdas/contract/conflict-record.ts';
import { answerQuestion, requireOpenQuestion } from '../../lambdas/use-cases/conflict/answer-question.ts';
import { type AddCommand, example } from '../desk/command.ts';
import type { Desk } from '../desk/desk.ts';
import { UsageError } from '../desk/mistakes.ts';
import { failureId } from '../desk/options.ts';
import { questionsOf } from './decisions.ts';

const CHOICES = ['ours', 'theirs', 'merged', 'abandon'] as const satisfies readonly Choice[];

const MEANINGS = `
  ours     the write is made again, upon what is there now
  theirs   what is there stays
  merged   the JSON of --body, the whole state, is written instead
  abandon  the operation is discarded; its completed steps are undone

It holds for the version that was shown: if that has changed meanwhile, the question is asked anew.`;

const EFFECTS: Readonly<Record<Choice, string>> = {
  ours: 'The write is made again, over what somebody else has written.',
  theirs: 'What is there stays; the write is not made.',
  merged: 'The state in the file is written in place of both.',
  abandon: 'The operation is discarded, and its completed steps are undone.',
};

interface Options {
  readonly question?: string;
  readonly body?: string;
  readonly why?: string;
  readonly by?: string;
}

export const addDecide: AddCommand = (program, open) => {
  program
    .command('decide')
    .argument('<failure>', 'id of the failure', failureId)
    .addArgument(new Argument('<choice>', 'what is to be').choices(CHOICES))
    .description('Answers an open question: whose version of a write in conflict is right.')
    .option('--question <id>', 'the question that you have looked at, as decisions show tells it (required)')
    .option('--body <file>', 'of merged: the whole state as JSON, at most 64 KB')
    .option('--why <text>', 'why, for the audit trail: 1 to 500 characters (required)')
    .option('--by <name>', 'who decides, 1 to 100 characters (default: who you are at AWS)')
    .addHelpText(
      'after',
      MEANINGS +
        example("backstop decide order-7-address ours --question 1.1 --why 'the customer has confirmed it by phone'"),
    )
    .action(async (id: string, choice: Choice, options: Options, command) => {
      // Before anything is looked up: what is missing is missing whatever is asked.
      if (choice === 'merged' && options.body === undefined)
        throw new UsageError('--body is missing: it goes with merged');
      if (choice !== 'merged' && options.body !== undefined) throw new UsageError('--body goes with merged only');
      const body = options.body === undefined ? {} : { body: readBody(options.body) };
      await decide(await open(command), { id, choice, ...body }, options);
    });
};

function readBody(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--body can not be read: ${(error as Error).message}`);
  }
}

async function decide(
  desk: Desk,
  decision: { readonly id: string; readonly choice: Choice; readonly body?: string },
  { question: looked, why, by }: Options,
): Promise<void> {
  const { id, choice } = decision;
  const { ledger, notes } = questionsOf(desk);
  const { dependency, question: asked } = requireOpenQuestion(
    await ledger.get(id),
    { id, ...(looked !== undefined && { question: looked }) },
    ledger.now,
  );
  const question = looked;
  if (question === undefined) {
    throw new UsageError(`--question is missing: it is ${asked.id} now, as backstop decisions show ${id} says`);
  }
  const who = await desk.decide({
    ...{ action: 'decide', dependency, failureId: id, why, by },
    facts: { question, choice },
    plan: `Decides question ${question} of ${id} (${dependency}): ${choice}. ${EFFECTS[choice]}`,
  });
  // The decision is taken once it is in the ledger, whether the machine hears of it or not.
  let when = 'now';
  const wake = createWaker(desk.clients.sfn);
  const told = (token: string) =>
    wake(token).catch(({ name }: Error) => {
      when = `within minutes (the machine could not be told: ${name})`;
    });
  await answerQuestion({ ...decision, question, ...who }, { ledger, notes, wake: told });
  desk.print.result({ id, question, choice, ...who }, (print) =>
    print.line(`Decided: ${choice}, for ${id}, question ${question}, by ${who.by}. It is carried out ${when}.`),
  );
}
