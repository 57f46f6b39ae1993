import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { pascalCase } from '../../lib/pascal-case.ts';
import { type Report, seconds } from './report.ts';
import type { Ending } from './watch.ts';

/** Outputs of the stacks that somebody who looks around will want; the lanes' own follow. */
const PLACES = [
  ['bus', 'BusName'],
  ['ledger table', 'LedgerTableName'],
  ['rejects queue', 'RejectsQueueUrl'],
  ['last resort', 'LastResortQueueUrl'],
] as const;

type Outputs = Readonly<Record<string, string>>;

export interface Local {
  readonly endpoint: string;
  readonly outputs: Outputs;
}

/** The one with the longest story. */
export function mostTravelledDeadLetter(endings: readonly Ending[]): Ending | undefined {
  const length = ({ trail }: Ending) => trail?.length ?? 0;
  return endings.filter(({ outcome }) => outcome === 'dead-lettered').sort((a, b) => length(b) - length(a))[0];
}

/** The whole story of a dead letter, and what lies in the queue for whoever takes it up. */
export async function tellDeadLetter(ending: Ending, report: Report, sqs: SQSClient, outputs: Outputs): Promise<void> {
  report.title(`How ${ending.id} became a dead letter, as the ledger tells it`);
  report.trail(ending.trail ?? []);
  report.title('Its letter in the dead-letter queue: facts, no payload');
  const letter = await findLetter(ending, sqs, outputs);
  for (const [name, value] of Object.entries(letter ?? {})) {
    report.line(`  ${report.style('dim', name.padEnd(16))}  ${value}`);
  }
  if (letter === undefined) report.line('  not found');
}

/** Looks without taking: the letter stays in its queue. */
async function findLetter(
  { id, dependency = '' }: Ending,
  sqs: SQSClient,
  outputs: Outputs,
): Promise<object | undefined> {
  const QueueUrl = outputs[`${pascalCase(dependency)}DeadLetterQueueUrl`];
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 1 }),
  );
  return Messages.map(({ Body }) => JSON.parse(Body ?? '{}')).find((letter) => letter.id === id);
}

/** One line: how many ended how, and how many not as their file expects. */
export function tellSummary(
  endings: readonly Ending[],
  misses: readonly string[],
  elapsedMs: number,
  report: Report,
): void {
  const counts = Object.entries(Object.groupBy(endings, ({ outcome }) => outcome));
  const told = counts.map(([outcome, group]) => `${group.length} ${outcome}`).join(', ');
  report.line();
  for (const miss of misses) report.line(`${report.style('red', '✗')} ${miss}`);
  const verdict =
    misses.length === 0
      ? report.style('green', 'Every event came to the outcome that its file names')
      : report.style('red', `${misses.length} events did not come to what their file names`);
  report.line(`${verdict}: ${told}; ${seconds(elapsedMs)} in all.`);
}

/** Where everything is, and how to send an event of one's own. */
export function tellEndpoints({ endpoint, outputs }: Local, logFile: string, report: Report): void {
  const lanes = Object.entries(outputs).filter(([name]) => /(Lane|DeadLetter)QueueUrl$/.test(name));
  const places = [
    ['AWS_ENDPOINT_URL', endpoint],
    ...PLACES.map(([label, name]) => [label, outputs[name]]),
    ...lanes.map(([name, url]) => [name.replace(/Url$/, ''), url]),
    ['logs of functions', logFile],
  ];
  const width = Math.max(...places.map(([label = '']) => label.length));
  report.title('Still running, until Ctrl-C');
  for (const [label = '', value] of places) report.line(`  ${report.style('dim', label.padEnd(width))}  ${value}`);
  report.title('Send an event of your own from another terminal; its outcome shows here');
  const event = 'tools/demo/events/02-healed-by-third.json';
  report.line(`  npm run send -- --endpoint ${endpoint} --bus ${outputs.BusName} --id mine-1 ${event}`);
  report.line();
}
