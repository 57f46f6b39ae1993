import { readFileSync } from 'node:fs';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import { readJson } from '../../lambdas/domain/json/lossless-json.ts';
import { type Edit, editOperation, type Patch } from '../../lambdas/domain/redrive/edit-operation.ts';
import { type AddCommand, example } from '../session/command.ts';
import { addWho, sessionLedger, type WhoOptions } from '../session/dead-letters.ts';
import { DeclinedError, NotFoundError, UsageError } from '../session/errors.ts';
import { addOwner, failureOf, type Owner } from '../session/failures.ts';
import { failureId } from '../session/options.ts';
import type { Printer } from '../session/printer.ts';
import type { Session } from '../session/session.ts';

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
earlier call is unknown: find out first.
`;

export const addEdit: AddCommand = (dlq, open) => {
  addWho(
    addOwner(dlq.command('edit').argument('<failure>', 'failure id', failureId))
      .description(
        'Change the operation of a dead letter before you redrive it. Stores the patch; logs and events name only the changed fields.',
      )
      .option('--patch <file>', 'JSON Patch to apply')
      .option('--merge <file>', 'JSON Merge Patch to apply')
      .option('--show-values', 'show masked values, on your screen only')
      .option('--dry-run', 'show the change; write nothing'),
  )
    .addHelpText(
      'after',
      FORM + example("backstop dlq edit order-1-charge --patch amount.json --why 'it was in euros'"),
    )
    .action(async (id: string, options: Options, command) => {
      const patch = readPatch(options);
      await edit(await open(command), id, patch, options);
    });
};

async function edit(
  session: Session,
  id: string,
  patch: Patch,
  { why, by, showValues, dryRun, ...owner }: Options,
): Promise<void> {
  const { deployment, print, sameGlobals } = session;
  const entry = await failureOf(session, id, owner);
  if (!entry) throw new NotFoundError(`No failure has the id '${id}'.`);
  const { sensitive = [], kind } = deployment.lanes.find(({ name }) => name === entry.dependency) ?? {};
  const changed = editOperation(entry, patch, sensitive, kind);
  const { fields, number } = changed;
  // Masks values on the screen only. Records never contain masked values.
  const { difference } = showValues ? editOperation(entry, patch, 'all', kind) : changed;
  if (!print.isJson) tellDifference(print, difference);
  const document = { id, edit: number, fields, difference: shownAs(difference) };
  if (dryRun) return print.result({ ...document, written: false }, () => print.line('Dry run: nothing was written.'));
  const who = await session.decide({
    action: 'edit',
    dependency: entry.dependency,
    failureId: id,
    why,
    by,
    facts: { edit: number, fields: fields.join(' '), difference: JSON.stringify(shownAs(changed.difference)) },
    plan: `Change ${fields.length === 1 ? '1 field' : `${fields.length} fields`} in the operation of ${id} (${entry.dependency}), edit ${number}. Nothing is sent until you redrive it.`,
  });
  if (!(await sessionLedger(session).editOperation(entry, changed, who)))
    throw new DeclinedError(`Nothing was changed: ${id} has moved on. See backstop trace ${id}${sameGlobals}`);
  print.result({ ...document, written: true, ...who }, () => {
    print.line('Changed.');
    print.line(`next: backstop dlq redrive ${shellWord(entry.dependency)} --id ${id} --why '…'${sameGlobals}`);
  });
}

function shownAs(difference: Edit['difference']) {
  return difference.map(({ path, theirs, ours }) => ({ path, before: theirs, after: ours }));
}

function tellDifference(print: Printer, difference: Edit['difference']): void {
  const shown = (value: unknown) => (value === undefined ? '(absent)' : JSON.stringify(value));
  print.table(
    ['field', 'before', 'after'],
    difference.map(({ path, theirs, ours }) => [path, shown(theirs), { text: shown(ours), style: 'cyan' }]),
  );
  print.line();
}

/** @throws UsageError */
function readPatch({ patch, merge }: Options): Patch {
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
  return { kind: patch === undefined ? 'merge-patch' : 'json-patch', value };
}
