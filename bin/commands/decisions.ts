import { decisionNotes } from '../../lambdas/adapters/conflict/decision-notes.ts';
import { openQuestions } from '../../lambdas/adapters/conflict/open-questions.ts';
import { DynamoDBLedger } from '../../lambdas/adapters/ledger/ledger.ts';
import { requireOpenQuestion } from '../../lambdas/use-cases/conflict/answer-question.ts';
import { type AddCommand, example, listOf } from '../desk/command.ts';
import type { Desk } from '../desk/desk.ts';
import { failureId } from '../desk/options.ts';
import { questionDocument, tellQuestion, tellQuestions } from './decisions-report.ts';

/** The reconciler looks by then whether a decision was taken up, should this process die before it has said so. */
const RECONCILE_AFTER_MS = 60_000;

export const addDecisions: AddCommand = (program, open) => {
  const decisions = program
    .command('decisions')
    .description('The conflicts that no rule can settle, and that wait for you.')
    .addHelpText('after', example('backstop decisions', 'backstop decisions show order-7-address'));
  listOf(decisions)
    .description('Lists the open questions, the one whose time is over first first.')
    .addHelpText('after', example('backstop decisions ls'))
    .action(async (_, __, command) => list(await open(command)));
  decisions
    .command('show')
    .argument('<failure>', 'id of the failure', failureId)
    .description('Shows both versions, values that you may not see masked, and what can be decided.')
    .addHelpText('after', example('backstop decisions show order-7-address'))
    .action(async (id: string, _, command) => show(await open(command), id));
};

async function list(desk: Desk): Promise<void> {
  const { ledger, table, client } = questionsOf(desk);
  const questions = await openQuestions(ledger, { client, table });
  desk.print.result(questions.map(questionDocument), (print) => tellQuestions(questions, print, desk));
}

async function show(desk: Desk, id: string): Promise<void> {
  const { ledger } = questionsOf(desk);
  const question = requireOpenQuestion(await ledger.get(id), { id }, ledger.now);
  desk.print.result(questionDocument(question), (print) => tellQuestion(question, print, desk));
}

/** Where questions are, and where answers go. */
export function questionsOf({ clients: { dynamodb: client }, deployment: { ledgerTable: table }, now }: Desk) {
  const options = { client, table, reconcileAfterMs: RECONCILE_AFTER_MS, now };
  return { ledger: new DynamoDBLedger(options), notes: decisionNotes(options), client, table };
}
