import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { parseLaneMessage } from '../../lambdas/domain/boundary/failure-event.ts';
import { type AddCommand, example } from '../desk/command.ts';
import { laneOf } from '../desk/deployment.ts';
import type { Desk } from '../desk/desk.ts';
import { DeclinedError, UsageError } from '../desk/mistakes.ts';
import { failureId } from '../desk/options.ts';

const DETAIL_TYPE = 'Operation Failed';
const SOURCE = 'backstop.operator';
/** What the ledger keeps by default; an event that is older is the lane's to refuse. */
const RETENTION_MS = 30 * 86_400_000;

interface Options {
  readonly id?: string;
  readonly dryRun?: boolean;
}

export const addSend: AddCommand = (program, open) => {
  program
    .command('send')
    .argument('<file>', 'JSON: the detail of an event, or what `aws events put-events` takes; - is the standard input')
    .description(`Checks an ${DETAIL_TYPE} event as its lane would, and puts it on the bus.`)
    .option('--id <id>', 'an id of its own, since one that is known is a repetition, and does nothing', failureId)
    .option('--dry-run', 'check it only')
    .addHelpText('after', example('backstop send docs/examples/operation-failed.json --id order-2-charge'))
    .action(async (file: string, options: Options, command) => {
      const detail = await readDetail(file);
      await send(await open(command), { ...detail, ...(options.id !== undefined && { id: options.id }) }, options);
    });
};

async function send(desk: Desk, given: Readonly<Record<string, unknown>>, { dryRun = false }: Options): Promise<void> {
  const { deployment, clients, print, now } = desk;
  const detail = { occurredAt: new Date(now()).toISOString(), ...given };
  const { dependency } = detail as { readonly dependency?: unknown };
  if (typeof dependency !== 'string') throw new DeclinedError('Not sent: dependency is missing');
  laneOf(deployment, dependency);
  const parsed = parseLaneMessage(JSON.stringify(detail), {
    dependency,
    now: now(),
    retentionMs: RETENTION_MS,
    isRegistered: (name) => deployment.lanes.some((lane) => lane.name === name),
    kindOf: (name) => deployment.lanes.find((lane) => lane.name === name)?.kind,
  });
  if (parsed.kind === 'reject') throw new DeclinedError(`Not sent: ${parsed.reason.message} (${parsed.reason.code})`);
  if (parsed.kind !== 'failure')
    throw new DeclinedError('Not sent: that is a dead letter, see backstop dlq redrive --help');
  const { id } = parsed.failure;
  const document = { id, dependency, sent: !dryRun };
  if (dryRun) return print.result(document, () => print.line(`${id} is as it should be. Nothing was sent.`));
  const Entries = [
    { EventBusName: deployment.busName, Source: SOURCE, DetailType: DETAIL_TYPE, Detail: JSON.stringify(detail) },
  ];
  const answer = await clients.events.send(new PutEventsCommand({ Entries }));
  const { ErrorCode, ErrorMessage } = answer.Entries?.[0] ?? {};
  if (ErrorCode !== undefined) throw new Error(`the bus refused it: ${ErrorCode}: ${ErrorMessage}`);
  print.result(document, () => print.line(`Sent. What becomes of it: backstop trace ${id}${desk.sameGlobals}`));
}

/** The detail alone, an entry of PutEvents or a list with one, or a file of the demonstration. @throws UsageError */
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
  if (!isPlainObject(content)) throw new UsageError(`${file} holds no JSON object`);
  return content;
}

async function read(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} can not be read: ${(error as Error).message}`);
  }
}

function parse(what: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(`${what} is no JSON: ${(error as Error).message}`);
  }
}
