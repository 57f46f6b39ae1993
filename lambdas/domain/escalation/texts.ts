import { createHash } from 'node:crypto';
import type { Incident, IncidentNotification } from './incident.ts';

/** Texts of an incident. Each channel formats them in its own way. */
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
  if (key.length <= MAX_KEY_LENGTH) return key;
  // A digest replaces the part that is cut off, so that keys stay distinct.
  const digest = createHash('sha256').update(key).digest('hex').slice(0, DIGEST_LENGTH);
  return `${key.slice(0, MAX_KEY_LENGTH - DIGEST_LENGTH - 1)}/${digest}`;
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
    title: `${heading}: ${incident.summary}`,
    facts: [
      ['Action', actionFor(incident, isResolved)],
      ['Dependency', subject === '' ? 'Backstop itself' : subject],
      ['Cause', incident.cause],
      ['Count', String(incident.count)],
      ['First', incident.firstAt],
      ['Last', incident.lastAt],
      ['Stack', stack],
      ...(incident.resolvedAt !== undefined && isResolved ? [['Resolved', incident.resolvedAt] as const] : []),
      ...(incident.acknowledgedBy === undefined ? [] : [['Acknowledged by', incident.acknowledgedBy] as const]),
    ],
    trail: [
      ...incident.samples.map(
        ({ failureId, correlationId, reason, rule, attempts }) =>
          `${failureId} (correlation id ${correlationId}): ${reason}, rule ${rule}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`,
      ),
      ...(incident.notes ?? []),
    ],
    runbook: `${runbookUrl}#${incident.section}`,
    commands: commandsFor(subject, incident, isResolved).map((command) => `${command}${ofStack(stack)}`),
  };
}

/** Whether to act, and when. */
function actionFor({ goesOn, priority }: Incident, isResolved: boolean): string {
  if (isResolved) return goesOn ? 'See the P1 incident of the same cause' : 'None';
  return priority === 'P1' ? 'Act now' : 'Act in working hours';
}

function ofStack(stack: string): string {
  return stack === DEFAULT_STACK ? '' : ` --stack ${stack}`;
}

function commandsFor(subject: string, { cause, samples }: Incident, isResolved: boolean): readonly string[] {
  const [sample] = samples;
  if (subject === '') return ['backstop status'];
  if (cause === 'decision-needed')
    return ['backstop decisions', ...(sample ? [`backstop decisions show ${sample.failureId}`] : [])];
  if (cause === 'unreachable') {
    // Retrying these dead letters makes sense only after the outage.
    return isResolved
      ? [`backstop dlq redrive ${subject} --reason exhausted --dry-run`]
      : ['backstop status', 'backstop circuits', ...(sample ? [`backstop trace ${sample.failureId}`] : [])];
  }
  if (sample) return [`backstop dlq show ${sample.failureId}`, `backstop dlq ls ${subject} --reason ${sample.reason}`];
  return ['backstop status', `backstop dlq ls ${subject}`];
}
