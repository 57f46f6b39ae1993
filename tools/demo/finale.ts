import { basename, dirname } from 'node:path';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { LocalCloud } from '../local/cloud.ts';
import { REGION } from '../local/resource-kinds.ts';
import type { Ending } from './ending.ts';
import { laneOf } from './lanes.ts';
import { peek } from './peek.ts';
import { type Report, seconds } from './report.ts';

type Deployed = Pick<LocalCloud, 'outputs' | 'parameters'>;

/** Paths of the output files. */
export interface Files {
  /** Log lines of the functions. */
  readonly logFile: string;
  /** `name=value` lines of the outputs of all stacks. */
  readonly outputsFile: string;
}

/** The dead letter with the most attempts. Its history is the longest, also on a slow machine. */
export function mostTriedDeadLetter(endings: readonly Ending[]): Ending | undefined {
  const deadLetters = endings.filter(({ outcome }) => outcome === 'dead-lettered');
  return deadLetters.sort((a, b) => (b.attempts ?? 0) - (a.attempts ?? 0))[0];
}

/** Prints the history of a dead letter and its message in the queue. */
export async function tellDeadLetter(ending: Ending, report: Report, sqs: SQSClient, cloud: Deployed): Promise<void> {
  report.title(`How ${ending.id} became a dead letter (from the ledger)`);
  report.trail(ending.trail ?? []);
  report.title('Its dead letter in the queue: facts, no payload');
  const deadLetter = await findDeadLetter(ending, sqs, cloud);
  for (const [name, value] of Object.entries(deadLetter ?? {})) {
    // One line for each completed step.
    const texts = Array.isArray(value) ? value.map((step) => Object.values(step).join(', ')) : [String(value)];
    for (const text of texts) report.fact(name, text);
  }
  if (deadLetter === undefined) report.line('  not found');
}

async function findDeadLetter(
  { id, dependency = '' }: Ending,
  sqs: SQSClient,
  cloud: Deployed,
): Promise<object | undefined> {
  const messages = await peek(sqs, laneOf(cloud, dependency).deadLetterQueueUrl);
  return messages.map(({ Body }) => JSON.parse(Body ?? '{}')).find((deadLetter) => deadLetter.id === id);
}

/** Prints the number of events per outcome, and a line for each event that misses its file's expectations. */
export function tellSummary(
  endings: readonly Ending[],
  misses: readonly string[],
  { virtualMs, realMs }: { readonly virtualMs: number; readonly realMs: number },
  report: Report,
): void {
  const counts = Object.entries(Object.groupBy(endings, ({ outcome }) => outcome));
  report.line();
  for (const miss of misses) report.line(`${report.style('red', '✗')} ${miss}`);
  const verdict =
    misses.length === 0
      ? `${report.style('green', '✓')} Every event reached the outcome that its file expects`
      : report.style('red', `✗ Missed expectations: ${misses.length}`);
  report.line(`${verdict}:`);
  report.note(counts.map(([outcome, group]) => `${group.length} ${outcome}`).join(', '));
  report.note(`${seconds(virtualMs)} by the clock of the embedded cloud, computed in ${seconds(realMs)}`);
}

/** Prints all endpoints and how to send an event. */
export function tellEndpoints(
  { endpoint, outputs }: LocalCloud,
  { logFile, outputsFile }: Files,
  report: Report,
): void {
  const queueUrls = Object.entries(outputs).filter(([name]) => name.endsWith('QueueUrl'));
  const account = dirname(outputs.RejectsQueueUrl ?? endpoint);
  report.title('Still running. Point any AWS client at it, such as AWS CLI v2:');
  report.line(`  export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${REGION} \\`);
  report.line(`    AWS_DEFAULT_REGION=${REGION} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`);
  report.line();
  report.line('  Try the operator tool in this folder (docs/operating.md):');
  report.line('  backstop() { npm run --silent backstop -- "$@"; }');
  report.line('  backstop status');
  report.line();
  report.fact('bus', outputs.BusName);
  report.fact('ledger table', outputs.LedgerTableName);
  report.fact('function logs', logFile);
  report.fact('queue URLs', `${account}/ followed by`);
  for (const [name, url] of queueUrls) report.fact(`  ${name.replace('QueueUrl', '')}`, basename(url));
  report.line();
  report.line('  For the commands of docs/runbook.md:');
  report.line(`  output() { sed -n "s|^$1=||p" ${outputsFile}; }`);
  report.title('Send your own event from another terminal; its outcome appears here:');
  report.line('  backstop send tools/demo/events/02-healed-by-third.json --id mine-1');
}
