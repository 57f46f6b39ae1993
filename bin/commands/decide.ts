import { readFileSync } from 'node:fs';
import { Argument } from 'commander';
import type { Choice } from '../../lambdas/contract/conflict-record.ts';
import { requireOpenQuestion } from '../../lambdas/use-cases/conflict/answer-question.ts';
import { type AddCommand, exampleAfter } from '../session/command.ts';
import { UsageError } from '../session/errors.ts';
import { addOwner, failureOf, type Owner } from '../session/failures.ts';
import { incidentLines, incidentsBefore } from '../session/incidents.ts';
import { failureId, oneOf } from '../session/options.ts';
import type { Session } from '../session/session.ts';

const CHOICES = ['ours', 'theirs', 'merged', 'abandon'] as const satisfies readonly Choice[];

const MEANINGS = `
  ours     send the write again, on top of the current version
  theirs   keep the current version and drop the write
  merged   write the state in --body instead: the whole resource as JSON
  abandon  discard the operation and undo its completed steps

A decision applies to the version that you were shown.
If that version has changed, Backstop asks again.
`;

const EFFECTS: Readonly<Record<Choice, string>> = {
  ours: 'Sends the write again, on top of the current version.',
  theirs: 'Keeps the current version and drops the write.',
  merged: 'Writes the state in the file instead of both versions.',
  abandon: 'Discards the operation and undoes its completed steps.',
};

interface Options extends Owner {
  readonly question?: string;
  readonly body?: string;
  readonly why?: string;
  readonly by?: string;
}

export const addDecide: AddCommand = (program, open) => {
  addOwner(program.command('decide').argument('<failure>', 'failure id', failureId))
    .addArgument(new Argument('<choice>', 'which version wins, or abandon').choices(CHOICES).argParser(oneOf(CHOICES)))
    .description('Decide a write conflict: which version wins.')
    .option('--question <id>', 'id of the question, as decisions show prints it (required)')
    .option('--body <file>', 'for merged: file with the whole resource as JSON, at most 64 KiB')
    .option('--why <text>', 'reason for the audit log, 1 to 500 characters (required)')
    .option('--by <name>', 'a name to show beside your AWS identity, 1 to 100 characters')
    .addHelpText(
      'after',
      exampleAfter(MEANINGS, "backstop decide order-7-address ours --question 1.1 --why 'they phoned us'"),
    )
    .action(async (id: string, choice: Choice, options: Options, command) => {
      // Checks the options before any lookup, because the mistake is the same for every question.
      if (choice === 'merged' && options.body === undefined)
        throw new UsageError('--body is missing: merged requires it');
      if (choice !== 'merged' && options.body !== undefined) throw new UsageError('--body is valid only with merged');
      const body = options.body === undefined ? {} : { body: readBody(options.body) };
      await decide(await open(command), { id, choice, ...body }, options);
    });
};

function readBody(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`can't read --body: ${(error as Error).message}`);
  }
}

async function decide(
  session: Session,
  decision: { readonly id: string; readonly choice: Choice; readonly body?: string },
  { question, why, by, ...owner }: Options,
): Promise<void> {
  const { id, choice } = decision;
  const entry = requireOpenQuestion(await failureOf(session, id, owner), { id, question }, session.now());
  const { dependency, tenant, question: asked } = entry;
  if (question === undefined) {
    throw new UsageError(
      `--question is missing: it is ${asked.id} now. Look at both versions first: ${session.command(`decisions show ${id}`)}`,
    );
  }
  const said = await session.confirm({
    why,
    by,
    plan: [
      `Decide question ${question} of ${id} (${dependency}): ${choice}. ${EFFECTS[choice]}`,
      ...incidentLines(await incidentsBefore(session, dependency, { action: 'decide', failureId: id })),
    ],
  });
  const { by: signed, notWoken } = await session.desk('decide', {
    ...said,
    failure: { id, dependency, tenant },
    question,
    choice,
    body: decision.body,
  });
  const when = notWoken === undefined ? 'now' : `within minutes (can't wake the Recovery machine: ${notWoken})`;
  session.print.result({ id, question, choice, by: signed, why: said.why }, (print) =>
    print.line(`Decided: ${choice} for ${id}, question ${question}, by ${signed}. Takes effect ${when}.`),
  );
}
