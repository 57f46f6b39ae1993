import { randomUUID } from 'node:crypto';
import type { Resource } from './assembly.ts';
import { invokeAsync, type ToBus } from './async-invoker.ts';
import { compilePattern, type Matcher } from './event-pattern.ts';
import type { Functions } from './functions.ts';
import { type TargetInput, transform } from './input-transform.ts';
import { LONGEST_TIMER_MS } from './machine-definition.ts';
import { AwsError, jsonService, type Service, send } from './protocol.ts';
import type { Queues } from './queues.ts';
import { refusal } from './refusal.ts';
import { ACCOUNT, REGION } from './resource-kinds.ts';
import type { Site } from './site.ts';

/** EventBridge: buses, rules with a pattern, and schedules. */
export interface EventBuses {
  readonly service: Service;
  /** Publishes an event of an AWS service on the default bus. */
  publish(source: string, detailType: string, detail: object, resources: readonly string[]): void;
  /** Invokes a function asynchronously. */
  invoke(arn: string, event: string): void;
}

interface RuleProperties {
  readonly EventBusName?: string;
  readonly EventPattern?: unknown;
  readonly ScheduleExpression?: string;
  readonly State?: string;
  readonly Targets?: readonly RuleTarget[];
}

interface RuleTarget extends TargetInput {
  readonly Arn: string;
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly SqsParameters?: { readonly MessageGroupId?: string };
}

interface Event {
  readonly id: string;
  readonly [field: string]: unknown;
}

interface PutEventsEntry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Resources?: readonly string[];
  /** Seconds since the epoch. */
  readonly Time?: number;
}

type EntryResult = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

type Rule = Resource<RuleProperties>;

type Invoke = (arn: string, event: string) => Promise<void>;

export function startEventBuses(site: Site, queues: Queues, functions: Functions, replaced: AbortSignal): EventBuses {
  const deliver = (rule: Rule, event: Event) => {
    for (const target of rule.properties.Targets ?? []) void deliverTo(target, rule, event, site, queues, invoke);
  };
  const all = site.assembly.all<RuleProperties>('AWS::Events::Rule');
  const rules = all
    .filter(({ properties }) => properties.State !== 'DISABLED')
    .map((rule) => ({ rule, matches: matcherOf(rule) }));
  for (const { rule } of rules) {
    checkTargets(rule, site);
    if (rule.properties.ScheduleExpression !== undefined) schedule(rule, replaced, deliver);
  }
  const put = (bus: string, event: Event): void => {
    for (const { rule, matches } of rules)
      if (busName(rule.properties.EventBusName) === bus && matches(event)) deliver(rule, event);
  };
  const toBus: ToBus = (bus, record, resources) =>
    put(busName(bus), eventOf('lambda', 'Lambda Function Invocation Result - Failure', record, resources));
  const invoke: Invoke = (arn, event) => invokeAsync(arn, event, site, queues, functions, toBus);
  const buses = new Set(['default', ...site.assembly.all('AWS::Events::EventBus').map(({ name }) => name)]);
  return {
    service: jsonService({ PutEvents: (input: { Entries: PutEventsEntry[] }) => putEvents(input.Entries, buses, put) }),
    invoke: (arn, event) => void invoke(arn, event).catch(() => undefined),
    publish: (source, detailType, detail, resources) => put('default', eventOf(source, detailType, detail, resources)),
  };
}

function eventOf(
  source: string,
  detailType: string,
  detail: unknown,
  resources: readonly string[],
  time = Date.now(),
): Event {
  return {
    version: '0',
    id: randomUUID(),
    source,
    'detail-type': detailType,
    account: ACCOUNT,
    time: `${new Date(time).toISOString().slice(0, 19)}Z`,
    region: REGION,
    resources,
    detail,
  };
}

function checkTargets(rule: Rule, { assembly }: Site): void {
  const targets = assembly.all('AWS::SQS::Queue', 'AWS::Lambda::Function').map(({ arn }) => arn);
  for (const { Arn } of rule.properties.Targets ?? [])
    if (!targets.some((arn) => Arn.startsWith(arn)))
      throw refusal(rule, 'Targets', `the embedded cloud can't deliver to ${Arn}`);
}

function matcherOf(rule: Rule): Matcher {
  const { EventPattern } = rule.properties;
  try {
    return EventPattern === undefined ? () => false : compilePattern(EventPattern);
  } catch (cause) {
    throw refusal(rule, 'EventPattern', cause);
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function schedule(rule: Rule, replaced: AbortSignal, deliver: (rule: Rule, event: Event) => void): void {
  const { ScheduleExpression = '' } = rule.properties;
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(ScheduleExpression) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined)
    throw refusal(rule, 'ScheduleExpression', `the embedded cloud supports only rate(...), got ${ScheduleExpression}`);
  const tick = () => deliver(rule, eventOf('aws.events', 'Scheduled Event', {}, [rule.arn]));
  const timer = setInterval(tick, Math.min(Number(count) * unitMs, LONGEST_TIMER_MS));
  replaced.addEventListener('abort', () => clearInterval(timer));
}

async function deliverTo(
  target: RuleTarget,
  rule: Rule,
  event: Event,
  site: Site,
  queues: Queues,
  invoke: Invoke,
): Promise<void> {
  const body = transform(target, event, rule);
  try {
    const { type } = site.assembly.find(target.Arn);
    if (type === 'AWS::Lambda::Function') return await invoke(target.Arn, body);
    const message = { QueueUrl: queues.urlOf(target.Arn), MessageBody: body, ...target.SqsParameters };
    await send(queues.sqs, 'SendMessage', message);
  } catch (error) {
    const deadLetters = target.DeadLetterConfig?.Arn;
    if (deadLetters === undefined || site.stopped.aborted) return;
    const { name, message } = error as Error;
    const attributes = { RULE_ARN: rule.arn, TARGET_ARN: target.Arn, ERROR_CODE: name, ERROR_MESSAGE: message };
    await queues.sendTo(deadLetters, JSON.stringify(event), attributes);
  }
}

function putEvents(
  entries: readonly PutEventsEntry[],
  buses: ReadonlySet<string>,
  put: (bus: string, event: Event) => void,
): { FailedEntryCount: number; Entries: EntryResult[] } {
  if (entries.length > 10) throw new AwsError('ValidationException', 'at most 10 entries can be put at once');
  const results = entries.map((entry): EntryResult => {
    const bus = busName(entry.EventBusName);
    const error = entryError(entry, buses.has(bus));
    if (error !== undefined) return error;
    const { Source = '', DetailType = '', Detail = '', Resources = [], Time } = entry;
    const event = eventOf(Source, DetailType, JSON.parse(Detail), Resources, Time && Time * 1000);
    put(bus, event);
    return { EventId: event.id };
  });
  return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
}

function entryError(entry: PutEventsEntry, busExists: boolean): EntryResult | undefined {
  for (const name of ['Source', 'DetailType', 'Detail'] as const)
    if (!entry[name]) {
      const ErrorMessage = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
      return { ErrorCode: 'InvalidArgument', ErrorMessage };
    }
  if (!isJsonObject(entry.Detail)) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  if (entry.Source?.startsWith('aws.'))
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  if (busExists) return undefined;
  return { ErrorCode: 'ResourceNotFoundException', ErrorMessage: `Event bus ${entry.EventBusName} does not exist.` };
}

function isJsonObject(text = ''): boolean {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Accepts a bus by name or ARN. */
function busName(nameOrArn = 'default'): string {
  return nameOrArn.replace(/^.*event-bus\//, '');
}
