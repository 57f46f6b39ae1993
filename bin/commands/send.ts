import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { OPERATION_FAILED } from '../../lambdas/contract/events.ts';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { iso } from '../../lambdas/contract/time.ts';
import { failureMistakes } from '../../lambdas/domain/boundary/failure-event.ts';
import { FAILURE_TEXTS, writeFailure } from '../../lambdas/domain/boundary/failure-json.ts';
import type { Rejection } from '../../lambdas/domain/boundary/rejection.ts';
import { unknownFields } from '../../lambdas/domain/boundary/unknown-fields.ts';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import { liftTexts, type Place } from '../../lambdas/domain/json/json-places.ts';
import { type AddCommand, example } from '../session/command.ts';
import { laneOf } from '../session/deployment.ts';
import { DeclinedError, UsageError } from '../session/errors.ts';
import { failureId } from '../session/options.ts';
import type { Session } from '../session/session.ts';

interface Options {
  readonly id?: string;
  readonly dryRun?: boolean;
}

export const addSend: AddCommand = (program, open) => {
  program
    .command('send')
    .argument('<file>', 'JSON file: an event detail, or the input of `aws events put-events`; - reads stdin')
    .description(`Validate an ${OPERATION_FAILED} event as its lane does, then put it on the bus.`)
    .option('--id <id>', 'replace the id: Backstop ignores an event whose id it knows', failureId)
    .option('--dry-run', 'validate only')
    .addHelpText('after', example('backstop send docs/examples/operation-failed.json --id order-2-charge'))
    .action(async (file: string, options: Options, command) => {
      const detail = await readDetail(file);
      await send(await open(command), options.id === undefined ? detail : { ...detail, id: options.id }, options);
    });
};

async function send(
  session: Session,
  given: Readonly<Record<string, unknown>>,
  { dryRun = false }: Options,
): Promise<void> {
  const { deployment, print, now } = session;
  const detail: Readonly<Record<string, unknown>> = { occurredAt: iso(now()), ...given };
  const Detail = writeFailure(detail);
  const { dependency } = detail;
  if (typeof dependency !== 'string') throw new DeclinedError('Not sent: dependency is missing');
  laneOf(deployment, dependency);
  if (given.kind === 'backstop-dead-letter')
    throw new DeclinedError(`Not sent: this is a dead letter. See ${session.command('dlq redrive --help')}`);
  const mistakes = failureMistakes(
    Detail,
    {},
    {
      dependency,
      now: now(),
      retentionMs: deployment.retentionMs,
      isRegistered: (name) => deployment.lanes.some((lane) => lane.name === name),
      kindOf: (name) => deployment.lanes.find((lane) => lane.name === name)?.kind,
      // The outputs don't tell. The lane checks it.
      takesEncodedSlashes: () => true,
      acceptedBy: (name) => deployment.lanes.find((lane) => lane.name === name),
    },
  );
  for (const field of unknownFields(detail)) print.note(ignored(field));
  if (mistakes.length > 0) throw notSent(mistakes, session);
  const id = String(detail.id);
  const document = { id, dependency, sent: !dryRun };
  if (dryRun) return print.result(document, () => print.line(`${id} is valid. Nothing was sent.`));
  await session.desk('send', { detail: Detail });
  print.result(document, () => {
    print.line('Sent.');
    print.line(`next: ${session.command(`trace ${shellWord(id)}`)}`);
  });
}

/** Prints several mistakes, since an error has one line. */
function notSent(mistakes: readonly Rejection[], { print }: Session): DeclinedError {
  const [first, ...others] = mistakes.map(({ message, code }) => `${message} (${code})`);
  if (others.length === 0) return new DeclinedError(`Not sent: ${first}`);
  for (const mistake of [first, ...others]) print.note(`- ${mistake}`);
  return new DeclinedError(`Not sent: the event has ${mistakes.length} mistakes`);
}

function ignored({ path, meant }: ReturnType<typeof unknownFields>[number]): string {
  return `Backstop ignores ${path}${meant === undefined ? '' : `: did you mean ${meant}?`}`;
}

/** Accepts a bare detail, a PutEvents entry or a list of one entry, or an event file of the demo. @throws UsageError */
async function readDetail(file: string): Promise<Readonly<Record<string, unknown>>> {
  let content = parse(file, await read(file));
  if (isPlainObject(content) && Array.isArray(content.Entries)) content = content.Entries;
  if (Array.isArray(content)) {
    if (content.length !== 1) throw new UsageError(`${file} must hold one event, got ${content.length}`);
    [content] = content;
  }
  if (isPlainObject(content) && typeof content.Detail === 'string')
    content = parse(`Detail in ${file}`, content.Detail);
  if (isPlainObject(content) && 'event' in content) content = content.event;
  if (!isPlainObject(content)) throw new UsageError(`${file} must hold a JSON object`);
  return content;
}

async function read(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`can't read ${file}: ${(error as Error).message}`);
  }
}

/** A detail by itself, or in an event file of the demo. */
const DETAIL_TEXTS: Place = { members: { ...FAILURE_TEXTS.members, event: FAILURE_TEXTS } };

/** Leaves the bodies as text, so that they are sent as they are in the file. */
function parse(what: string, json: string): unknown {
  try {
    JSON.parse(json);
    return JSON.parse(liftTexts(json, DETAIL_TEXTS));
  } catch (error) {
    throw new UsageError(`${what} is not valid JSON: ${(error as Error).message}`);
  }
}
