import { createHash } from 'node:crypto';
import { commandLine, type Whereabouts } from '../../contract/command-line.ts';
import { DEAD_LETTER_REASONS, isOutageReason } from '../../contract/reasons.ts';
import { plainText } from '../disclosure/plain-text.ts';
import { shellWord } from '../disclosure/shell-word.ts';
import { unlinked } from '../disclosure/unlinked.ts';
import { argument } from './argument.ts';
import { DECISION_NEEDED, UNREACHABLE } from './cause.ts';
import type { Incident, IncidentNotification, Situation } from './incident.ts';
import { adviceOn } from './incident-advice.ts';
import { sectionLines } from './section-text.ts';

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
  /** Link to the section of the runbook, or its place in the documents. */
  readonly runbook: string;
  /** Lines of that section, if the runbook has no address. */
  readonly whatToDo: readonly string[];
  /** Helpful commands, the most useful first. */
  readonly commands: readonly string[];
}

const MAX_KEY_LENGTH = 255;
const DIGEST_LENGTH = 32;

/** Selects the dead letters that an outage leaves. */
const AFTER_OUTAGE = DEAD_LETTER_REASONS.filter(isOutageReason)
  .map((reason) => `--reason ${reason}`)
  .join(' ');

/**
 * Key of one occurrence of a cause at a dependency, the same in every channel. At most 255 characters, the limit of
 * PagerDuty.
 *
 * @param service name of the pipeline: two of one stack share no key
 */
export function dedupKey(service: string, { subject, incident: { cause, number } }: IncidentNotification): string {
  const key = `backstop/${service}/${subject === '' ? '-' : subject}/${cause}/${number}`;
  const plain = plainText(key).replaceAll('://', '[:]//');
  if (plain === key && key.length <= MAX_KEY_LENGTH) return key;
  // A digest replaces what is cut off or changed, so that keys stay distinct.
  const digest = createHash('sha256').update(key).digest('hex').slice(0, DIGEST_LENGTH);
  return `${plain.slice(0, MAX_KEY_LENGTH - DIGEST_LENGTH - 1)}/${digest}`;
}

/** The stack that an incident belongs to, since there may be several, and its runbook. */
export interface StackReference {
  readonly stack: string;
  /** Name of the pipeline, which is one of several in the stack or the account. */
  readonly service: string;
  readonly account: string;
  readonly region: string;
  /** What starts the operator's tool. */
  readonly operatorCommand: string;
  readonly runbookUrl: string;
  /** Texts of the runbook's sections by name, if it has no address. */
  readonly sections: Readonly<Record<string, string>>;
}

/** Builds the texts of a notification for all channels. */
export function incidentTexts(told: IncidentNotification, where: StackReference): IncidentTexts {
  const { subject, telling, incident } = told;
  const { runbookUrl, sections } = where;
  const isResolved = telling === 'resolve';
  const heading = isResolved ? endOf(incident) : incident.priority;
  const section = isResolved ? undefined : sections[incident.section];
  return {
    title: unlinked(`${heading}: ${incident.summary}`),
    facts: factsOf(told, where),
    trail: [
      ...incident.samples.map(({ failureId, correlationId, reason, rule, attempts }) =>
        unlinked(
          `${failureId} (correlation id ${correlationId}): ${reason}, rule ${rule}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`,
        ),
      ),
      ...(incident.notes ?? []).map(shownNote),
    ],
    runbook: `${runbookUrl}#${incident.section}`,
    whatToDo: section === undefined ? [] : sectionLines(section, aboutOf(told), wordsOf(where)),
    commands: commandsFor(subject, incident, isResolved).map((words) => pasted(words, where)),
  };
}

/** A heading must not say that all is well, if the next incident has begun. */
function endOf({ goesOn }: Incident): string {
  if (goesOn === 'died-again') return 'Died again';
  return goesOn ? 'Now P1' : 'Resolved';
}

type Fact = readonly [name: string, value: string];

function factsOf({ subject, telling, incident, situation = {} }: IncidentNotification, where: StackReference): Fact[] {
  const isResolved = telling === 'resolve';
  const { action, byItself } = adviceOn(incident, isResolved);
  const facts: readonly (readonly [name: string, value: string | undefined])[] = [
    ['Action', action],
    ['By itself', byItself],
    ['Waiting', isResolved ? undefined : waitingText(situation)],
    ['Dependency', subject === '' ? 'Backstop itself' : unlinked(subject)],
    ['Cause', unlinked(incident.cause)],
    ['Seen', unlinked(seenText(incident))],
    ['Error', isResolved || situation.excerpt === undefined ? undefined : unlinked(situation.excerpt)],
    ['Console', isResolved ? undefined : consoleCommand(subject, where)],
    ['Stack', `${where.stack}, account ${where.account}, region ${where.region}`],
    [incident.goesOn ? 'Ended' : 'Resolved', isResolved ? incident.resolvedAt : undefined],
    ['Acknowledged by', incident.acknowledgedBy && unlinked(incident.acknowledgedBy)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** The line that opens the console at what the incident is about, on any machine with Node and AWS credentials. */
function consoleCommand(subject: string, where: StackReference): string {
  // A name with a dot could become a link. The first screen shows all dependencies.
  const place = /^[A-Za-z0-9_-]+$/.test(subject) ? ` --dependency ${subject}` : '';
  return pasted(`console${place}`, where);
}

/** How many failures wait or are dead, and that none is lost. */
function waitingText({ waiting, isMore, dead }: Situation): string | undefined {
  if (waiting === 0 && dead?.count === 0) return 'no failure under way, held or dead';
  // The index also lists outcomes that nobody has published yet.
  const failures = waiting === 0 ? 'no failure' : about(waiting ?? 0, 'failure', isMore);
  const held = waiting === undefined ? [] : [`${failures} under way or held`];
  const letters = dead?.count ? [about(dead.count, 'dead letter', dead.isCut)] : [];
  const counts = [...held, ...letters].join(', ');
  if (waiting || dead?.count) return `${counts}. Nothing is lost: the ledger keeps each`;
  return counts === '' ? undefined : counts;
}

function about(count: number, what: string, isMore = false): string {
  return count === 1 ? `about 1 ${what}` : `about ${count}${isMore ? ' or more' : ''} ${what}s`;
}

/** `5 of 5 calls failed, since 2026-03-01T03:02:11Z`, or how often the cause was seen. */
function seenText({ evidence, count, firstAt, lastAt }: Incident): string {
  const [first, last] = [toSecond(firstAt), toSecond(lastAt)];
  if (evidence === undefined && count === 1)
    return first === last ? `once, at ${first}` : `since ${first}, last ${last}`;
  const seen = evidence ?? `${count} times`;
  return first === last ? `${seen}, since ${first}` : `${seen}, since ${first}, last ${last}`;
}

function toSecond(time: string): string {
  return time.replace(/\.\d{1,9}Z$/, 'Z');
}

/** The advice of a saga is a text of its developer and may link a page. */
function shownNote(note: string): string {
  return note.startsWith('What to do: ') ? plainText(note) : unlinked(note);
}

function pasted(words: string, where: StackReference): string {
  return commandLine(words, wordsOf(where));
}

function wordsOf({ stack, region, operatorCommand: tool }: StackReference): Whereabouts {
  return { tool, stack: shellWord(stack), region: shellWord(region) };
}

function aboutOf({ subject, incident }: IncidentNotification) {
  return { dependency: subject, failureId: incident.samples[0]?.failureId ?? '' };
}

function commandsFor(subject: string, { cause, samples }: Incident, isResolved: boolean): readonly string[] {
  const [sample] = samples;
  if (subject === '') return ['status'];
  const dependency = argument(subject);
  const id = argument(sample?.failureId ?? '');
  if (cause === DECISION_NEEDED) return ['decisions', ...(sample ? [`decisions show ${id}`] : [])];
  if (cause === UNREACHABLE) {
    // Retrying these dead letters makes sense only after the outage.
    return isResolved
      ? [`dlq redrive ${dependency} ${AFTER_OUTAGE} --dry-run`]
      : ['status', 'circuits', ...(sample ? [`trace ${id}`] : [])];
  }
  if (sample) return [`dlq show ${id}`, `dlq ls ${dependency} --reason ${argument(sample.reason)}`];
  return ['status', `dlq ls ${dependency}`];
}
