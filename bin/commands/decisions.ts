import { openQuestions } from '../../lambdas/adapters/conflict/open-questions.ts';
import { DynamoDBLedger } from '../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { requireOpenQuestion } from '../../lambdas/use-cases/conflict/answer-question.ts';
import { type AddCommand, example, listOf } from '../session/command.ts';
import { addOwner, failureOf, type Owner } from '../session/failures.ts';
import { failureId } from '../session/options.ts';
import type { Session } from '../session/session.ts';
import { questionDocument, tellQuestion, tellQuestions } from './decisions-report.ts';

/** If this process dies before it wakes the machine, the reconciler does so after this time. */
const RECONCILE_AFTER_MS = 60_000;

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
  const { ledger, table, client } = questionsOf(session);
  const questions = await openQuestions(ledger, { client, table });
  session.print.result(questions.map(questionDocument), (print) => tellQuestions(questions, print, session));
}

async function show(session: Session, id: string, owner: Owner): Promise<void> {
  const question = requireOpenQuestion(await failureOf(session, id, owner), { id }, session.now());
  session.print.result(questionDocument(question), (print) => tellQuestion(question, print, session));
}

/** Stores and clients that decisions need. */
export function questionsOf({ clients: { dynamodb: client }, deployment, now }: Session) {
  const { ledgerTable: table, retentionMs } = deployment;
  const options = { client, table, reconcileAfterMs: RECONCILE_AFTER_MS, retentionMs, now };
  return { ledger: new DynamoDBLedger(options), client, table };
}
