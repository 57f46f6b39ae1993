import type { DeadLetter } from '../ledger/dead-letter.ts';
import type { StepReport } from './compensation.ts';

/** What a human is told where completed steps could not be undone; facts only. */
export function undoAlert(letter: DeadLetter, { runbookUrl }: { readonly runbookUrl: string }): string {
  const { undo = [], id, correlationId, dependency, tenant, reason, priority } = letter;
  const open = undo.filter(({ state }) => state !== 'done' && state !== 'skipped').length;
  return [
    `${priority}: ${open} of ${undo.length} completed steps could not be undone, after an operation of ${dependency} was given up (${reason}).`,
    '',
    `failure: ${id}`,
    `correlation id: ${correlationId}`,
    `dependency: ${dependency}`,
    ...(tenant === undefined ? [] : [`tenant: ${tenant}`]),
    '',
    'Steps, in the order in which they were made:',
    ...undo.map(line),
    '',
    `What to do: ${runbookUrl}#undo-incomplete`,
  ].join('\n');
}

/** The name is the producer's, hence the quotes: it may hold anything. */
function line({ name, dependency, state, because, rule, statusCode, attempts }: StepReport, index: number): string {
  const facts = [
    because,
    rule && `rule ${rule}`,
    statusCode && `status ${statusCode}`,
    `${attempts} ${attempts === 1 ? 'call' : 'calls'}`,
  ];
  return `${index + 1}. ${JSON.stringify(name)} (${dependency}): ${state}, ${facts.filter(Boolean).join(', ')}`;
}
