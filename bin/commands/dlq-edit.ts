import { readFileSync } from 'node:fs';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import { readJson, writeJson } from '../../lambdas/domain/json/lossless-json.ts';
import type { OperatorArguments } from '../../lambdas/domain/operator/operator-call.ts';
import type { EditPreview } from '../../lambdas/use-cases/operator/desk.ts';
import { type AddCommand, exampleAfter } from '../session/command.ts';
import { addWho, type WhoOptions } from '../session/dead-letters.ts';
import { NotFoundError, UsageError } from '../session/errors.ts';
import { addOwner, failureOf, type Owner } from '../session/failures.ts';
import { incidentLines, incidentsBefore } from '../session/incidents.ts';
import { confirmReveal } from '../session/operation.ts';
import { failureId } from '../session/options.ts';
import type { Printer } from '../session/printer.ts';
import type { Session } from '../session/session.ts';

type PatchText = OperatorArguments['edit']['patch'];

interface Options extends WhoOptions, Owner {
  readonly patch?: string;
  readonly merge?: string;
  readonly showValues?: boolean;
  readonly dryRun?: boolean;
}

const FORM = `
A patch applies to the operation: method, path, query, headers, body, ifMatch.
To correct an amount, use a JSON Patch (RFC 6902)
  [{ "op": "replace", "path": "/body/amount", "value": 4200 }]
or a JSON Merge Patch (RFC 7396)
  { "body": { "amount": 4200 } }
You can't change the dependency. You can't edit anything while the result of an
earlier call is unknown: find out the result first.
`;

export const addEdit: AddCommand = (dlq, open) => {
  addWho(
    addOwner(dlq.command('edit').argument('<failure>', 'failure id', failureId))
      .description(
        'Change the operation of a dead letter before you redrive it. Stores the patch; logs and events name only the changed fields.',
      )
      .option('--patch <file>', 'JSON Patch to apply')
      .option('--merge <file>', 'JSON Merge Patch to apply')
      .option(
        '--show-values',
        'show masked values in the difference; needs --why and a permission of its own, and the audit log records it',
      )
      .option('--dry-run', 'show the change; write nothing'),
    'required, except with --dry-run',
  )
    .addHelpText(
      'after',
      exampleAfter(FORM, "backstop dlq edit order-1-charge --patch amount.json --why 'it was in euros'"),
    )
    .action(async (id: string, options: Options, command) => {
      const patch = readPatch(options);
      await edit(await open(command), id, patch, options);
    });
};

async function edit(
  session: Session,
  id: string,
  patch: PatchText,
  { why, by, showValues, dryRun, ...owner }: Options,
): Promise<void> {
  const { print, command } = session;
  const entry = await failureOf(session, id, owner);
  if (!entry) throw new NotFoundError(`No failure has the id '${id}'.`);
  const { dependency, tenant } = entry;
  const failure = { id, dependency, tenant };
  const asked = { failure, patch };
  // Masks values on the screen only. Records never contain masked values.
  const { edit: preview } = showValues
    ? await session.desk('reveal', { ...(await confirmReveal(session, id, { why, by })), ...asked })
    : await session.desk('view', asked);
  const { fields = [], number = 1, cycle = entry.cycle, difference = [] } = preview ?? {};
  if (!print.isJson) tellDifference(print, difference);
  const document = { id, edit: number, fields, difference: shownAs(difference) };
  if (dryRun) return print.result({ ...document, written: false }, () => print.line('Dry run: nothing was written.'));
  const said = await session.confirm({
    why,
    by,
    plan: [
      `Change ${fields.length === 1 ? '1 field' : `${fields.length} fields`} in the operation of ${id} (${dependency}), edit ${number}. Nothing is sent until you redrive it.`,
      ...incidentLines(await incidentsBefore(session, dependency, { action: 'edit', failureId: id })),
    ],
  });
  const { by: signed } = await session.desk('edit', { ...said, failure, cycle, number, patch });
  print.result({ ...document, written: true, by: signed, why: said.why }, () => {
    print.line('Changed.');
    print.line(`next: ${command(`dlq redrive ${shellWord(dependency)} --id ${id} --why '…'`)}`);
  });
}

function shownAs(difference: EditPreview['difference']) {
  return difference.map(({ path, theirs, ours }) => ({ path, before: theirs, after: ours }));
}

function tellDifference(print: Printer, difference: EditPreview['difference']): void {
  const shown = (value: unknown) => (value === undefined ? '(absent)' : JSON.stringify(value));
  print.table(
    ['field', 'before', 'after'],
    difference.map(({ path, theirs, ours }) => [path, shown(theirs), { text: shown(ours), style: 'cyan' }]),
  );
  print.line();
}

/** @throws UsageError */
function readPatch({ patch, merge }: Options): PatchText {
  const file = patch ?? merge;
  if (file === undefined || (patch !== undefined && merge !== undefined))
    throw new UsageError('pass either --patch FILE or --merge FILE');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`can't read ${file}: ${(error as Error).message}`);
  }
  const value = readJson(text);
  if (value === undefined)
    throw new UsageError(`${file} is not valid JSON, nests too deep, or has numbers that would lose digits`);
  return { kind: patch === undefined ? 'merge-patch' : 'json-patch', text: writeJson(value) };
}
