import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { CloudCall, ExecutionRecord, StreamRecord } from '../local/cloud.ts';

type Item = Readonly<Record<string, AttributeValue>>;

/** What some failures needed of AWS. */
export interface Needs {
  readonly requests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly transitions: number;
  readonly invocations: number;
  readonly events: number;
  /** Objects of large bodies that are written, and reads of them. */
  readonly objects: number;
  readonly objectReads: number;
}

/**
 * Dollars for a million of such failures, on demand in us-east-1. The time of functions, SQS and storage come on top.
 */
export function dollars(needs: Needs): number {
  const { writeUnits, readUnits, transitions, invocations, events, objects, objectReads } = needs;
  const ofBodies = objects * OBJECT + objectReads * 0.4;
  return writeUnits * WRITE_UNIT + readUnits * 0.125 + transitions * 25 + invocations * 0.2 + events + ofBodies;
}

/** Dollars for a million. */
const WRITE_UNIT = 0.625;
const OBJECT = 5;

/** Dollars for a million single writes of a body of some bytes, as an object if it is claimed. */
export function dollarsOfWrite(bytes: number, isClaimed: boolean): number {
  return isClaimed ? OBJECT : Math.ceil(bytes / 1_024) * WRITE_UNIT;
}

/** Indexes of the ledger, by the attributes of their keys. An index takes two units for a changed key, else one. */
const INDEXES = [
  ['pendingShard', 'dueAt'],
  ['correlationId', 'receivedAt'],
  ['failureId', 'receivedAt'],
  ['deadOf', 'settledAt'],
] as const;

/** Counts what functions and machines of an embedded cloud ask of AWS, and what AWS would bill for it. */
export class CostMeter {
  readonly #circuits: () => string;
  readonly #items = new Map<string, Item>();
  #requests = 0;
  #writes = 0;
  #changes = 0;
  #units = 0;
  #reads = 0;
  #invocations = 0;
  #events = 0;
  #objects = 0;
  #objectReads = 0;

  /** @param circuits name of the table of circuits, which costs by time and not by failure */
  constructor(circuits: () => string) {
    this.#circuits = circuits;
  }

  /** A call, before it is made. */
  called({ service, operation, body }: CloudCall): undefined {
    this.#requests++;
    if (service === 'events') this.#events++;
    if (service === 's3') this.#objectReads++;
    if (service !== 'dynamodb' || body.includes(this.#circuits())) return;
    if (/^(Put|Update|Delete)Item$/.test(operation)) this.#writes++;
    // A query of an index that holds keys only.
    else if (operation !== 'GetItem') this.#reads += 0.5;
    if (operation !== 'GetItem') return;
    const { Key, ConsistentRead } = JSON.parse(body) as { Key?: Item; ConsistentRead?: boolean };
    const size = sizeOf(this.#items.get(Key?.id?.S ?? ''));
    this.#reads += Math.max(1, Math.ceil(size / 4_096)) * (ConsistentRead ? 1 : 0.5);
  }

  /** A producer adds the body of its failure to the bucket. */
  added(): void {
    this.#requests++;
    this.#objects++;
  }

  /** A function gets an event. */
  invoked(): false {
    this.#invocations++;
    return false;
  }

  /** An item of the ledger has changed. A write costs the larger of the item before and after it. */
  changed({ dynamodb }: StreamRecord): void {
    const { Keys, NewImage } = dynamodb as { readonly Keys?: Item; readonly NewImage?: Item };
    const id = Keys?.id?.S ?? '';
    if (NewImage?.failureId === undefined && NewImage?.sealed === undefined) return;
    const before = this.#items.get(id);
    this.#items.set(id, NewImage);
    this.#changes++;
    this.#units += Math.ceil(Math.max(sizeOf(before), sizeOf(NewImage)) / 1_024);
    for (const [hash, range] of INDEXES)
      this.#units += indexUnits(keyOf(before, hash, range), keyOf(NewImage, hash, range));
  }

  needs(executions: readonly ExecutionRecord[]): Needs {
    // A write that changes nothing in the ledger, and one to the effects table, takes one unit.
    const writeUnits = this.#units + Math.max(0, this.#writes - this.#changes);
    return {
      requests: this.#requests,
      writeUnits,
      readUnits: this.#reads,
      transitions: executions.reduce((sum, execution) => sum + transitionsOf(execution), 0),
      invocations: this.#invocations,
      events: this.#events,
      objects: this.#objects,
      objectReads: this.#objectReads,
    };
  }
}

/** Each entered state, and each retry. */
function transitionsOf({ steps }: ExecutionRecord): number {
  return steps.filter(({ type }) => type === 'StateEntered' || type === 'StateRetried').length;
}

function keyOf(item: Item | undefined, hash: string, range: string): string | undefined {
  const [partition, sort] = [item?.[hash]?.S, item?.[range]?.S];
  return partition === undefined || sort === undefined ? undefined : `${partition} ${sort}`;
}

function indexUnits(before: string | undefined, after: string | undefined): number {
  if (before === after) return 0;
  return before === undefined || after === undefined ? 1 : 2;
}

/** Bytes that DynamoDB counts: names and values, three for a list or map, one for each element. */
function sizeOf(item: Item | undefined): number {
  if (item === undefined) return 0;
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOfValue(value), 0);
}

function sizeOfValue({ S, N, B, L, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  // A stream record in JSON holds bytes as base64.
  if (B !== undefined) return typeof B === 'string' ? Buffer.from(B, 'base64').length : B.length;
  if (L) return L.reduce((sum, each) => sum + 1 + sizeOfValue(each), 3);
  if (M) return sizeOf(M) + 3 + Object.keys(M).length;
  return 1;
}
