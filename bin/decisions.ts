import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { answerQuestion, asking, DecisionError } from '../lambdas/shared/conflict/answer-question.ts';
import { decisionNotes } from '../lambdas/shared/conflict/decision-notes.ts';
import { openQuestions } from '../lambdas/shared/conflict/open-questions.ts';
import { waker } from '../lambdas/shared/conflict/wake.ts';
import { Ledger } from '../lambdas/shared/ledger/ledger.ts';
import { UsageError } from './arguments.ts';
import { type Command, readCommand, USAGE } from './decisions-arguments.ts';
import { listed, shown } from './decisions-report.ts';

/** The reconciler looks by then whether a decision was taken up, should this process die before it has said so. */
const RECONCILE_AFTER_MS = 60_000;

if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) console.log(USAGE);
else await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  try {
    console.log(await run(readCommand(args), new DynamoDBClient()));
  } catch (error) {
    const isMistake = error instanceof UsageError || error instanceof DecisionError;
    console.error(isMistake ? error.message : `Not done: ${(error as Error).message}`);
    process.exitCode = isMistake ? 2 : 1;
  }
}

async function run(command: Command, client: DynamoDBClient): Promise<string> {
  const { table } = command;
  const ledger = new Ledger({ client, table, reconcileAfterMs: RECONCILE_AFTER_MS });
  const circumstances = { now: ledger.now, tableOption: process.env.LEDGER_TABLE === table ? '' : ` --table ${table}` };
  const found = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: Error) => {
      if (error.name === 'ResourceNotFoundException') {
        throw new Error(`there is no table '${table}' in this account and region`, { cause: error });
      }
      // What DynamoDB says of a table without the index of the ledger.
      if (/specified index/.test(error.message)) throw new UsageError(`'${table}' is not the ledger`);
      throw error;
    });
  switch (command.action) {
    case 'list':
      return listed(await found(openQuestions(ledger, { client, table })), circumstances);
    case 'show':
      return shown(asking(await found(ledger.get(command.id)), command, ledger.now), circumstances);
    case 'decide': {
      const notes = decisionNotes({ client, table, reconcileAfterMs: RECONCILE_AFTER_MS });
      const { bodyFile, action: _, table: __, ...decision } = command;
      const body = bodyFile === undefined ? {} : { body: readBody(bodyFile) };
      // The decision is taken once it is in the ledger, whether the machine hears of it or not.
      let when = 'now';
      const wake = waker(new SFNClient());
      const told = (token: string) =>
        wake(token).catch(({ name }: Error) => {
          when = `within minutes (the machine could not be told: ${name})`;
        });
      const { question } = await found(answerQuestion({ ...decision, ...body }, { ledger, notes, wake: told }));
      return `Decided: ${command.choice}, for ${command.id}, question ${question.id}, by ${command.by}. It is carried out ${when}.`;
    }
    default:
      return command satisfies never;
  }
}

function readBody(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--body can not be read: ${(error as Error).message}`);
  }
}
