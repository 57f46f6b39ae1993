import type { SQSRecord } from 'aws-lambda';
import { incidentStore } from '../../../lambdas/adapters/escalation/incident-store.ts';
import { type NotifyPorts, notify } from '../../../lambdas/adapters/escalation/notify.ts';
import { CIRCUIT_CHANGED, OPERATOR_ACTED } from '../../../lambdas/contract/events.ts';
import { OUTCOME_FACTS } from '../../../lambdas/contract/outcomes.ts';
import { iso } from '../../../lambdas/contract/time.ts';
import { type Incidents, NO_INCIDENTS } from '../../../lambdas/domain/escalation/incident.ts';
import type { Channel } from '../../../lambdas/use-cases/escalation/escalate.ts';
import { MemoryTables } from '../../dynamodb/memory-tables.ts';
import { type Message, Queue } from '../cloud/queue.ts';
import { type FaultKind, READ_FAULTS } from '../world/faults.ts';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';

/** What a channel took: one message to humans. */
export interface Told {
  readonly subject: string;
  readonly channel: string;
  readonly telling: string;
  readonly cause: string;
  readonly number: number;
}

/** A notice that a machine publishes to the topic. */
interface Notice {
  readonly Subject: string;
  readonly Message: unknown;
  readonly MessageAttributes: Readonly<Record<string, { readonly StringValue: string }>>;
}

/** Both kinds of channels: only a pager wants to know that somebody is at work. */
export const CHANNELS = ['pager', 'mail'] as const;
const TABLE = 'incidents';
const MOST_RECEIVES = 40;
const VISIBILITY_MS = 180_000;
const RETRY_MS = 15_000;
/** Events that the rules of the notifier select: some always, and the others of failures with a conflict. */
const SIGNALS = [OUTCOME_FACTS['dead-lettered'].event, CIRCUIT_CHANGED, OPERATOR_ACTED];
/** An HTTP request of a channel has no SDK that repeats it. */
const CHANNEL_FAULTS: readonly FaultKind[] = ['fails-before', 'fails-after', 'crash-before', 'crash-after', 'freeze'];

/** The way of signals to humans: the queue, the stored incidents, and what the channels took. */
export class Alerts {
  readonly queue: Queue;
  readonly told: Told[] = [];
  /** Signals that were received too often. Their own alarm bypasses the notifier. */
  readonly undelivered: string[] = [];
  /** Events of the outcome bus that are signals. */
  readonly events: { readonly type: string; readonly detail: string }[] = [];
  readonly #world: World;
  #underWay = 0;
  readonly #tables = new MemoryTables([{ name: TABLE, indexes: {} }]);

  constructor(world: World) {
    this.#world = world;
    this.queue = new Queue({
      world,
      name: 'signals',
      visibilityMs: VISIBILITY_MS,
      mostReceives: MOST_RECEIVES,
      onDeadLetter: (body) => this.undelivered.push(body),
    });
  }

  /** Signals that the notifier has not processed. */
  get waiting(): number {
    return this.#underWay + this.queue.depth;
  }

  /** Takes an event of the outcome bus, if it is a signal. EventBridge delivers at least once. */
  hear(type: string, detail: string): void {
    if (!SIGNALS.includes(type) && JSON.parse(detail).conflict === undefined) return;
    this.events.push({ type, detail });
    this.#send(JSON.stringify({ 'detail-type': type, time: iso(this.#world.now), detail: JSON.parse(detail) }));
  }

  /** Takes a message of the topic. SNS delivers at least once. */
  take({ Subject, Message, MessageAttributes }: Notice): void {
    const attributes = Object.entries(MessageAttributes).map(([name, { StringValue }]) => [
      name,
      { Type: 'String', Value: StringValue },
    ]);
    const body = {
      Type: 'Notification',
      Subject,
      Message: typeof Message === 'string' ? Message : JSON.stringify(Message),
      Timestamp: iso(this.#world.now),
      MessageAttributes: Object.fromEntries(attributes),
    };
    this.#send(JSON.stringify(body));
  }

  /** Incidents of a dependency, or of Backstop itself. */
  incidentsOf(subject: string): Incidents {
    const request = { input: { TableName: TABLE, Key: { id: { S: `incidents#${subject}` } } } };
    const { Item } = this.#tables.perform(request, 'GetItemCommand') as {
      readonly Item?: { readonly incidents: { readonly S: string } };
    };
    return Item ? { ...NO_INCIDENTS, ...JSON.parse(Item.incidents.S).state } : NO_INCIDENTS;
  }

  /** The ports of the notifier in one process. */
  ports(process: Process, { settingsOf, newToken }: Pick<NotifyPorts, 'settingsOf' | 'newToken'>): NotifyPorts {
    const perform = (command: { readonly input: object; readonly constructor: { readonly name: string } }) =>
      command.constructor.name === 'GetItemCommand'
        ? process.request('incidents.read', () => this.#tables.perform(command), { faults: READ_FAULTS })
        : process.request('incidents.replace', () => this.#tables.perform(command));
    const client = { send: perform } as never;
    return {
      store: incidentStore({ client, table: TABLE, newToken, now: () => process.now }),
      channels: CHANNELS.map((name) => this.#channel(name, process)),
      now: () => process.now,
      newToken,
      settingsOf,
      retrySoon: (id) => process.request('sqs.hide signal', () => this.queue.hide(id, RETRY_MS)),
    };
  }

  #send(body: string): void {
    const { chance, faults } = this.#world;
    const sendAfter = (ms: number) => {
      this.#underWay++;
      this.#world.after(ms, () => {
        this.#underWay--;
        this.queue.send(body);
      });
    };
    sendAfter(chance.between('signal', 100, 2_000));
    if (faults.inject('bus: signal', ['twice'])) sendAfter(chance.between('second signal', 100, 90_000));
  }

  #channel(name: (typeof CHANNELS)[number], process: Process): Channel {
    return {
      name,
      acknowledges: name === 'pager',
      notify: ({ subject, telling, incident: { cause, number } }) =>
        process.request(
          `tells ${name}`,
          () => void this.told.push({ subject, channel: name, telling, cause, number }),
          {
            faults: CHANNEL_FAULTS,
          },
        ),
    };
  }
}

/** Processes one signal, as the notifier does. True if it may be deleted. */
export async function handleSignal(
  { id, body, sentAt }: Message,
  receive: number,
  ports: NotifyPorts,
): Promise<boolean> {
  const attributes = { SentTimestamp: String(Math.floor(sentAt)), ApproximateReceiveCount: String(receive) };
  const record = { messageId: id, body, receiptHandle: id, attributes } as unknown as SQSRecord;
  return (await notify([record], ports)).batchItemFailures.length === 0;
}
