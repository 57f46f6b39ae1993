import * as v from 'valibot';
import { CIRCUIT_CHANGED, OPERATOR_ACTED } from '../../contract/events.ts';
import { OUTCOME_FACTS } from '../../contract/outcomes.ts';
import { iso } from '../../contract/time.ts';
import { namedValues } from '../json/named-values.ts';
import {
  circuitChanged,
  correlationId,
  deadLettered,
  dependencyName,
  ended,
  failureId,
  type KnownDependencies,
  operatorActed,
} from './control-event.ts';
import { readUndoAlert } from './undo-alert.ts';

/** Facts of one failure for an incident. Never holds payload. */
export interface FailureSample {
  readonly failureId: string;
  readonly correlationId: string;
  readonly reason: string;
  readonly rule: string;
  readonly attempts: number;
  /** Only to find the failure: no message shows it. */
  readonly tenant?: string;
}

/** An occurrence that may require a notification. Times are RFC 3339. */
export type Signal =
  /** A failure became a dead letter. */
  | {
      readonly kind: 'dead-letter';
      readonly at: string;
      readonly dependency: string;
      readonly tenant?: string;
      readonly priority: string;
      readonly compensation: string;
      /** Number of the redrive cycle; 1 is the first pass. @default 1 */
      readonly cycle?: number;
      /** Whether the failure lost a race, so that a human may have been asked. */
      readonly hasConflict?: boolean;
      readonly sample: FailureSample;
    }
  /** A failure with a conflict ended without a dead letter. */
  | { readonly kind: 'ended'; readonly at: string; readonly dependency: string; readonly failureId: string }
  /** A circuit changed state. */
  | {
      readonly kind: 'circuit';
      readonly at: string;
      readonly dependency: string;
      readonly circuit: string;
      readonly to: string;
      readonly reason?: string;
      /** Counts the circuit's changes, and orders them. Clocks of instances differ; this does not. */
      readonly sequence: number;
      /** Calls that the circuit had counted. */
      readonly counts?: { readonly successes: number; readonly failures: number };
      /** When the signal arrived in the queue. */
      readonly arrivedAt: string;
    }
  /** An alarm is raised or cleared. Without a dependency, it concerns Backstop itself. */
  | {
      readonly kind: 'alarm';
      readonly at: string;
      readonly dependency?: string;
      readonly alarm: string;
      readonly rings: boolean;
      readonly summary: string;
      readonly section: string;
      readonly priority: string;
    }
  /** One of Backstop's state machines needs a human. */
  | {
      readonly kind: 'notice';
      readonly at: string;
      readonly about: 'question' | 'saga' | 'undo';
      readonly dependency?: string;
      readonly failureId?: string;
      readonly correlationId?: string;
      /** Why the failure was given up, if it was. */
      readonly reason?: string;
      readonly summary: string;
      /** Further facts, one per line. */
      readonly notes: readonly string[];
      /** Separates unrelated notices. */
      readonly of?: string;
    }
  /** An operator acted on a dependency. */
  | {
      readonly kind: 'operator';
      readonly at: string;
      readonly dependency?: string;
      readonly failureId?: string;
      readonly action: string;
      readonly by: string;
      /** Causes of the incidents that the action addresses. Absent in an acknowledgement of all. */
      readonly acknowledges?: readonly string[];
    };

const Event = v.object({ 'detail-type': v.string(), time: v.string(), detail: v.unknown() });
type Event = v.InferOutput<typeof Event>;
const Attribute = v.object({ Value: v.string() });
const Notification = v.object({
  Type: v.literal('Notification'),
  Message: v.string(),
  Subject: v.optional(v.string()),
  Timestamp: v.string(),
  MessageAttributes: v.optional(namedValues(Attribute), {}),
});
const Alarm = v.object({
  AlarmName: v.string(),
  AlarmDescription: v.nullish(v.string()),
  NewStateValue: v.string(),
  StateChangeTime: v.string(),
});

interface ReadOptions extends KnownDependencies {
  /** When the message arrived in the queue, in epoch milliseconds. */
  readonly arrivedAt: number;
}

/**
 * Parses a message of the signals queue: an event of the outcome bus, or a message of the topic. Undefined if no
 * notification is needed. A time after the arrival counts as the arrival, because no sender's clock may decide what is
 * the newest.
 *
 * @throws SyntaxError if the text is not JSON; ValiError if it is neither an event nor a message of the topic
 */
export function readSignal(body: string, options: ReadOptions): Signal | undefined {
  const signal = parseSignal(body, options);
  if (!signal) return undefined;
  return Date.parse(signal.at) > options.arrivedAt ? { ...signal, at: iso(options.arrivedAt) } : signal;
}

function parseSignal(body: string, options: ReadOptions): Signal | undefined {
  const message: unknown = JSON.parse(body);
  const event = v.safeParse(Event, message);
  if (event.success) return ofEvent(event.output, options);
  const { Message, Subject, Timestamp, MessageAttributes } = v.parse(Notification, message);
  const about = MessageAttributes.about?.Value;
  if (about === undefined) return ofAlarm(v.parse(Alarm, JSON.parse(Message)));
  if (about !== 'question' && about !== 'saga' && about !== 'undo') return undefined;
  const common = {
    kind: 'notice',
    at: iso(Timestamp),
    about,
    // The priority is the notifier's to say.
    summary: Subject?.replace(/^P[123]: /, '') ?? 'Backstop needs a human',
  } as const;
  if (about === 'undo') {
    const alert = readUndoAlert(Message);
    if (!alert) return undefined;
    const { steps, reason, ...named } = alert;
    const failure = v.parse(FailureOfNotice, named);
    return { ...common, ...failure, reason, notes: steps.map((step) => `${failure.failureId}, ${step}`) };
  }
  if (about === 'saga') {
    const { execution, steps = {}, whatToDo } = v.parse(SagaMessage, JSON.parse(Message));
    const notes = [
      `execution ${execution}`,
      ...stepNotes(steps),
      ...(whatToDo === undefined ? [] : [`What to do: ${whatToDo}`]),
    ];
    return { ...common, notes, of: execution };
  }
  const named = Object.fromEntries(Object.entries(MessageAttributes).map(([name, { Value }]) => [name, Value]));
  return { ...common, notes: [], ...v.parse(v.partial(FailureOfNotice), named) };
}

/** The failure that a notice is about. */
const FailureOfNotice = v.object({ dependency: dependencyName, failureId, correlationId });

/** What is known of one step of a saga, such as its state and its error. */
const SagaStep = v.union([v.string(), namedValues(v.string())]);
const SagaSteps = namedValues(v.union([SagaStep, namedValues(SagaStep)]));
const SagaMessage = v.object({
  execution: v.string(),
  // A block of steps that run side by side holds the steps under its own name.
  steps: v.optional(SagaSteps),
  whatToDo: v.optional(v.string()),
});

/** One line for each step, the steps of a block included. */
function stepNotes(steps: v.InferOutput<typeof SagaSteps>): string[] {
  return Object.entries(steps).flatMap(([name, step]) => {
    const facts = v.safeParse(SagaStep, step);
    if (!facts.success) return stepNotes(step as typeof steps);
    return `${name}: ${typeof facts.output === 'string' ? facts.output : Object.values(facts.output).join(', ')}`;
  });
}

function ofEvent({ 'detail-type': type, detail, time }: Event, options: ReadOptions): Signal | undefined {
  switch (type) {
    case OUTCOME_FACTS['dead-lettered'].event: {
      const {
        id,
        correlationId: trace,
        reason,
        rule,
        attempts,
        tenant,
        conflict,
        ...facts
      } = v.parse(deadLettered(options), detail);
      const sample = { failureId: id, correlationId: trace, reason, rule, attempts, tenant };
      const hasConflict = conflict === undefined ? undefined : true;
      return { kind: 'dead-letter', at: iso(time), ...facts, tenant, hasConflict, sample };
    }
    case OUTCOME_FACTS.recovered.event:
    case OUTCOME_FACTS.resolved.event:
    case OUTCOME_FACTS.degraded.event:
    case OUTCOME_FACTS.compensated.event:
    case OUTCOME_FACTS.discarded.event: {
      const { id, dependency } = v.parse(ended, detail);
      return { kind: 'ended', at: iso(time), dependency, failureId: id };
    }
    case CIRCUIT_CHANGED:
      return { kind: 'circuit', ...v.parse(circuitChanged, detail), arrivedAt: iso(options.arrivedAt) };
    case OPERATOR_ACTED: {
      const { dependency, failureId: id, ...facts } = v.parse(operatorActed, detail);
      return { kind: 'operator', ...facts, dependency, failureId: id };
    }
    default:
      return undefined;
  }
}

/**
 * Parses an alarm. Its description is for humans, with fixed phrases that carry dependency, priority and runbook
 * section.
 */
function ofAlarm({
  AlarmName,
  AlarmDescription,
  NewStateValue,
  StateChangeTime,
}: v.InferOutput<typeof Alarm>): Signal | undefined {
  // Ignore `INSUFFICIENT_DATA`: the alarm is neither raised nor cleared.
  if (NewStateValue !== 'ALARM' && NewStateValue !== 'OK') return undefined;
  const description = AlarmDescription ?? '';
  const [, dependency] = /Dependency: ([a-z][a-z0-9-]*)\./.exec(description) ?? [];
  const [, section = 'alarms'] = /#([a-z0-9-]+)$/.exec(description) ?? [];
  const [, priority = 'P2'] = /Priority: (P[123])\./.exec(description) ?? [];
  const [summary] = description.split(/ (?:Dependency|Priority|What to do): /);
  return {
    kind: 'alarm',
    // CloudWatch writes `+0000` instead of `Z`.
    at: iso(StateChangeTime),
    dependency,
    alarm: AlarmName,
    rings: NewStateValue === 'ALARM',
    summary: summary || AlarmName,
    section,
    priority,
  };
}
