import { openQuestions } from '../../lambdas/adapters/conflict/open-questions.ts';
import { requireOpenQuestion } from '../../lambdas/use-cases/conflict/answer-question.ts';
import { type AddCommand, example, listOf } from '../session/command.ts';
import { sessionLedger } from '../session/dead-letters.ts';
import { addOwner, failureOf, type Owner } from '../session/failures.ts';
import { failureId } from '../session/options.ts';
import type { Session } from '../session/session.ts';
import { questionDocument, tellQuestion, tellQuestions } from './decisions-report.ts';

export const addDecisions: AddCommand = (program, open) => {
  const decisions = program
    .command('decisions')
    .description('List and inspect conflicts that need a human decision.')
    .addHelpText('after', example('backstop decisions', 'backstop decisions show order-7-address'));
  listOf(decisions)
    .description('List open decisions, soonest deadline first.')
    .addHelpText('after', example('backstop decisions ls'))
    .action(async (_, command) => list(await open(command)));
  addOwner(decisions.command('show').argument('<failure>', 'failure id', failureId))
    .description('Show both versions, sensitive values masked, and the possible decisions.')
    .addHelpText('after', example('backstop decisions show order-7-address'))
    .action(async (id: string, owner: Owner, command) => show(await open(command), id, owner));
};

async function list(session: Session): Promise<void> {
  const { clients, deployment } = session;
  const table = { client: clients.dynamodb, table: deployment.ledgerTable };
  const questions = await openQuestions(sessionLedger(session), table);
  session.print.result(questions.map(questionDocument), (print) => tellQuestions(questions, print, session));
}

async function show(session: Session, id: string, owner: Owner): Promise<void> {
  const question = requireOpenQuestion(await failureOf(session, id, owner), { id }, session.now());
  session.print.result(questionDocument(question), (print) => tellQuestion(question, print, session));
}
