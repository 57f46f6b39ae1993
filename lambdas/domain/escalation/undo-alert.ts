import { plainText } from '../disclosure/plain-text.ts';
import type { DeadLetter } from '../ledger/dead-letter.ts';
import type { StepReport } from '../undo/compensation.ts';

/** Text of the alert for completed steps that could not be undone. Holds facts only. */
export function undoAlertText(deadLetter: DeadLetter, { runbookUrl }: { readonly runbookUrl: string }): string {
  const { undo = [], id, correlationId, dependency, tenant, reason, priority } = deadLetter;
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
  ]
    .map(plainText)
    .join('\n');
}

/** Parses the text of an alert; undefined if the text is none. */
export function readUndoAlert(text: string): UndoAlert | undefined {
  const lines = text.split('\n');
  const fact = (name: string) =>
    lines.find((each) => each.startsWith(`${name}: `))?.slice(name.length + 2) || undefined;
  const [failureId, correlationId, dependency] = [fact('failure'), fact('correlation id'), fact('dependency')];
  if (failureId === undefined || correlationId === undefined || dependency === undefined) return undefined;
  const [, reason = 'unknown'] = /was given up \(([a-z-]{1,40})\)\./.exec(lines[0] ?? '') ?? [];
  const steps = lines.filter((each) => /^\d+\. "/.test(each));
  return { failureId, correlationId, dependency, reason, steps };
}

/** Facts read back from an alert's text. */
interface UndoAlert {
  readonly failureId: string;
  readonly correlationId: string;
  readonly dependency: string;
  /** Why the failure was given up. */
  readonly reason: string;
  /** One line per completed step, with its undo progress. */
  readonly steps: readonly string[];
}

/** Quotes the step's name, because the producer of the event chose it. */
function line({ name, dependency, state, because, rule, statusCode, attempts }: StepReport, index: number): string {
  const facts = [
    because,
    rule && `rule ${rule}`,
    statusCode && `status ${statusCode}`,
    `${attempts} ${attempts === 1 ? 'call' : 'calls'}`,
  ];
  return `${index + 1}. ${JSON.stringify(name)} (${dependency}): ${state}, ${facts.filter(Boolean).join(', ')}`;
}
