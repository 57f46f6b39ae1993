import { join } from 'node:path';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import type { LocalCloud } from '../local/cloud.ts';
import { REGION } from '../local/resource-kinds.ts';
import type { Ending } from './ending.ts';
import { OUTAGE_SIZE } from './keys.ts';
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
  /** Variables of a shell, for another terminal. */
  readonly envFile: string;
  /** Folder of the programs that the env file puts on the PATH. */
  readonly programs: string;
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

/** The file that a second terminal reads: one line there replaces all exports. */
export function environmentFile(
  { endpoint, outputs }: Pick<LocalCloud, 'endpoint' | 'outputs'>,
  { programs }: Pick<Files, 'programs'>,
): string {
  return [
    `export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${REGION} AWS_DEFAULT_REGION=${REGION}`,
    'export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local',
    // The hints of the tool name the program of the next line.
    'export BACKSTOP_COMMAND=backstop',
    `export PATH=${shellWord(programs)}:"$PATH"`,
    `export BACKSTOP_HEALTH=${outputs.HealthUrl ?? ''}`,
    '',
  ].join('\n');
}

/** Programs by name. Unlike functions of a shell, scripts, `watch` and `xargs` can run them. */
export function programsOf(
  { outputsFile }: Pick<Files, 'outputsFile'>,
  { node, root }: { readonly node: string; readonly root: string },
): Readonly<Record<string, string>> {
  return {
    backstop: `#!/bin/sh\nexec ${shellWord(node)} ${shellWord(join(root, 'bin/backstop.ts'))} "$@"\n`,
    output: `#!/bin/sh\nexec sed -n "s|^$1=||p" ${shellWord(outputsFile)}\n`,
  };
}

/** Prints the console's address and three things to try. */
export function tellWhatToTry({ envFile, logFile }: Files, address: string, report: Report): void {
  report.title('Still running. See it all in a browser:');
  report.line(`  ${address}`);
  report.title('Three things to try, from another terminal in this folder:');
  report.line(`  . ${envFile}`);
  report.line();
  report.line('  backstop failures                  # why each failure failed');
  report.line('  backstop dlq show bad-request      # a dead letter, with the next command');
  report.line('  backstop send tools/demo/events/02-healed-by-third.json --id mine-1');
  report.line();
  report.line(`  Or here: [o]utage of ${OUTAGE_SIZE} failures, [h]eal, [d]own. Ctrl-C ends it.`);
  report.fact('function logs', logFile);
}
