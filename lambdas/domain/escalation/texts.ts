import { createHash } from 'node:crypto';
import { plainText } from '../disclosure/plain-text.ts';
import { shellWord } from '../disclosure/shell-word.ts';
import { unlinked } from '../disclosure/unlinked.ts';
import type { Incident, IncidentNotification } from './incident.ts';

/**
 * Texts of an incident. Each channel formats them in its own way. What others chose is plain and no link: an id, a
 * reason, a name of a step.
 */
interface IncidentTexts {
  /** Single line. */
  readonly title: string;
  /** Known facts as name and value, in display order. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Facts of single failures, one per line. */
  readonly trail: readonly string[];
  readonly runbook: string;
  /** Helpful commands, the most useful first. */
  readonly commands: readonly string[];
}

const MAX_KEY_LENGTH = 255;
const DIGEST_LENGTH = 32;

/** Key of one occurrence of a cause at a dependency. At most 255 characters, the limit of PagerDuty. */
export function dedupKey(stack: string, { subject, incident: { cause, number } }: IncidentNotification): string {
  const key = `backstop/${stack}/${subject === '' ? '-' : subject}/${cause}/${number}`;
  const plain = plainText(key).replaceAll('://', '[:]//');
  if (plain === key && key.length <= MAX_KEY_LENGTH) return key;
  // A digest replaces what is cut off or changed, so that keys stay distinct.
  const digest = createHash('sha256').update(key).digest('hex').slice(0, DIGEST_LENGTH);
  return `${plain.slice(0, MAX_KEY_LENGTH - DIGEST_LENGTH - 1)}/${digest}`;
}

/** The stack that an incident belongs to, since there may be several, and its runbook. */
export interface StackReference {
  readonly stack: string;
  readonly runbookUrl: string;
}

/** The stack that the `backstop` command uses by default. */
export const DEFAULT_STACK = 'BackstopPipeline';

/** Builds the texts of a notification for all channels. */
export function incidentTexts(
  { subject, telling, incident }: IncidentNotification,
  { stack, runbookUrl }: StackReference,
): IncidentTexts {
  const isResolved = telling === 'resolve';
  const heading = isResolved ? (incident.goesOn ? 'Escalated to P1' : 'Resolved') : incident.priority;
  return {
    title: unlinked(`${heading}: ${incident.summary}`),
    facts: [
      ['Action', actionFor(incident, isResolved)],
      ['Dependency', subject === '' ? 'Backstop itself' : unlinked(subject)],
      ['Cause', unlinked(incident.cause)],
      ['Count', String(incident.count)],
      ['First', incident.firstAt],
      ['Last', incident.lastAt],
      ['Stack', stack],
      ...(incident.resolvedAt !== undefined && isResolved ? [['Resolved', incident.resolvedAt] as const] : []),
      ...(incident.acknowledgedBy === undefined
        ? []
        : [['Acknowledged by', unlinked(incident.acknowledgedBy)] as const]),
    ],
    trail: [
      ...incident.samples.map(({ failureId, correlationId, reason, rule, attempts }) =>
        unlinked(
          `${failureId} (correlation id ${correlationId}): ${reason}, rule ${rule}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`,
        ),
      ),
      ...(incident.notes ?? []).map(shownNote),
    ],
    runbook: `${runbookUrl}#${incident.section}`,
    commands: commandsFor(subject, incident, isResolved).map((command) => `${command}${ofStack(stack)}`),
  };
}

/** The advice of a saga is a text of its developer and may link a page. */
function shownNote(note: string): string {
  return note.startsWith('What to do: ') ? plainText(note) : unlinked(note);
}

/** Whether to act, and when. */
function actionFor({ goesOn, priority }: Incident, isResolved: boolean): string {
  if (isResolved) return goesOn ? 'See the P1 incident of the same cause' : 'None';
  return priority === 'P1' ? 'Act now' : 'Act in working hours';
}

function ofStack(stack: string): string {
  return stack === DEFAULT_STACK ? '' : ` --stack ${shellWord(stack)}`;
}

/** The form of ids, dependencies and reasons. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** A text of others as an argument of a command. Anything else selects nothing, so it may change. */
function argument(text: string): string {
  return shellWord(NAME.test(text) ? text : unlinked(text));
}

function commandsFor(subject: string, { cause, samples }: Incident, isResolved: boolean): readonly string[] {
  const [sample] = samples;
  if (subject === '') return ['backstop status'];
  const dependency = argument(subject);
  const id = argument(sample?.failureId ?? '');
  if (cause === 'decision-needed') return ['backstop decisions', ...(sample ? [`backstop decisions show ${id}`] : [])];
  if (cause === 'unreachable') {
    // Retrying these dead letters makes sense only after the outage.
    return isResolved
      ? [`backstop dlq redrive ${dependency} --reason exhausted --dry-run`]
      : ['backstop status', 'backstop circuits', ...(sample ? [`backstop trace ${id}`] : [])];
  }
  if (sample) return [`backstop dlq show ${id}`, `backstop dlq ls ${dependency} --reason ${argument(sample.reason)}`];
  return ['backstop status', `backstop dlq ls ${dependency}`];
}
