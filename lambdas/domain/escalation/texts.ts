import { createHash } from 'node:crypto';
import type { Incident, Told } from './incident.ts';

/** What all channels say of an incident, each in its own form. */
export interface Texts {
  /** One line. */
  readonly title: string;
  /** Name and value of what is known, in the order in which it is shown. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What was found of single failures, a line each. */
  readonly trail: readonly string[];
  readonly runbook: string;
  /** Commands that help, the first one first. */
  readonly commands: readonly string[];
}

const MAX_KEY_LENGTH = 255;
const DIGEST_LENGTH = 32;

/** One key for each time that a cause comes up for a dependency; at most 255 characters, as PagerDuty takes them. */
export function dedupKey(stack: string, { subject, incident: { cause, number } }: Told): string {
  const key = `backstop/${stack}/${subject === '' ? '-' : subject}/${cause}/${number}`;
  if (key.length <= MAX_KEY_LENGTH) return key;
  // What is cut off must still tell keys apart.
  const digest = createHash('sha256').update(key).digest('hex').slice(0, DIGEST_LENGTH);
  return `${key.slice(0, MAX_KEY_LENGTH - DIGEST_LENGTH - 1)}/${digest}`;
}

/** Where whoever is told has to look: there may be several stacks. */
export interface Whereabouts {
  readonly stack: string;
  readonly runbookUrl: string;
}

/** The stack that `backstop` takes for granted. */
export const DEFAULT_STACK = 'BackstopPipeline';

export function textsOf({ subject, telling, incident }: Told, { stack, runbookUrl }: Whereabouts): Texts {
  const over = telling === 'resolve';
  const heading = over ? (incident.goesOn ? 'Escalated to P1' : 'Resolved') : incident.priority;
  return {
    title: `${heading}: ${incident.summary}`,
    facts: [
      ['Action', actionFor(incident, over)],
      ['Dependency', subject === '' ? 'Backstop itself' : subject],
      ['Cause', incident.cause],
      ['Count', String(incident.count)],
      ['First', incident.firstAt],
      ['Last', incident.lastAt],
      ['Stack', stack],
      ...(incident.resolvedAt !== undefined && over ? [['Resolved', incident.resolvedAt] as const] : []),
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
    commands: commandsFor(subject, incident, over).map((command) => `${command}${ofStack(stack)}`),
  };
}

/** Whether to act, and when. */
function actionFor({ goesOn, priority }: Incident, over: boolean): string {
  if (over) return goesOn ? 'See the P1 incident of the same cause' : 'None';
  return priority === 'P1' ? 'Act now' : 'Act in working hours';
}

function ofStack(stack: string): string {
  return stack === DEFAULT_STACK ? '' : ` --stack ${stack}`;
}

function commandsFor(subject: string, { cause, samples }: Incident, over: boolean): readonly string[] {
  const [sample] = samples;
  if (subject === '') return ['backstop status'];
  if (cause === 'decision-needed')
    return ['backstop decisions', ...(sample ? [`backstop decisions show ${sample.failureId}`] : [])];
  if (cause === 'unreachable') {
    // The letters of the outage are worth another try only once it is over.
    return over
      ? [`backstop dlq redrive ${subject} --reason exhausted --dry-run`]
      : ['backstop status', 'backstop circuits', ...(sample ? [`backstop trace ${sample.failureId}`] : [])];
  }
  if (sample) return [`backstop dlq show ${sample.failureId}`, `backstop dlq ls ${subject} --reason ${sample.reason}`];
  return ['backstop status', `backstop dlq ls ${subject}`];
}
