import type { DeadLetter } from '../ledger/dead-letter.ts';
import type { StepReport } from '../undo/compensation.ts';

/** What a human is told where completed steps could not be undone; facts only. */
export function undoAlert(letter: DeadLetter, { runbookUrl }: { readonly runbookUrl: string }): string {
  const { undo = [], id, correlationId, dependency, tenant, reason, priority } = letter;
  const open = undo.filter(({ state }) => state !== 'done' && state !== 'skipped').length;
  return [
    `${priority}: ${open} of ${undo.length} completed steps could not be undone after an operation of ${dependency} was given up (${reason}).`,
    '',
    `failure: ${id}`,
    `correlation id: ${correlationId}`,
    `dependency: ${dependency}`,
    ...(tenant === undefined ? [] : [`tenant: ${tenant}`]),
    '',
    'Steps, in the order they were completed:',
    ...undo.map(line),
    '',
    `What to do: ${runbookUrl}#undo-incomplete`,
  ].join('\n');
}

/** What an alert says, for whoever passes it on. Undefined where the text is none. */
export function readUndoAlert(text: string): UndoAlert | undefined {
  const fact = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(text)?.[1];
  const [failureId, correlationId, dependency] = [fact('failure'), fact('correlation id'), fact('dependency')];
  if (failureId === undefined || correlationId === undefined || dependency === undefined) return undefined;
  const [, reason = 'unknown'] = /was given up \(([a-z-]+)\)\.$/m.exec(text) ?? [];
  const steps = text.split('\n').filter((each) => /^\d+\. "/.test(each));
  return { failureId, correlationId, dependency, reason, steps };
}

export interface UndoAlert {
  readonly failureId: string;
  readonly correlationId: string;
  readonly dependency: string;
  /** Why the failure was given up. */
  readonly reason: string;
  /** A line for each completed step, with how far it is undone. */
  readonly steps: readonly string[];
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
