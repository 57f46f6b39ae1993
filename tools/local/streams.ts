import type { Resource } from './assembly.ts';
import { failureRecord } from './failure-record.ts';
import type { Functions } from './functions.ts';
import { failuresOf, filterOf, type Mapping, mappingsOf } from './pollers.ts';
import type { Queues } from './queues.ts';
import type { Site } from './site.ts';
import type { StreamRecord } from './tables.ts';

/** Limits the retries of a batch, even if the mapping allows more or is unlimited. */
const MOST_RETRIES = 5;

/** Delivers changes of tables to functions, in order. @returns the function that takes each change. */
export function startStreams(site: Site, queues: Queues, functions: Functions): (record: StreamRecord) => void {
  const takers = mappingsOf(site.assembly, 'dynamodb').map((mapping) => {
    const matches = filterOf(mapping);
    const take = inOrder(mapping.properties.BatchSize ?? 100, (records) =>
      deliver(records, 0, { mapping, site, queues, functions }),
    );
    const table = site.assembly.find(mapping.properties.EventSourceArn);
    return (record: StreamRecord) => {
      if (record.eventSourceARN.startsWith(`${table.arn}/`) && matches(record)) take(record);
    };
  });
  return (record) => {
    for (const take of takers) take(record);
  };
}

/** Processes one batch at a time. Records that arrive meanwhile join the next batch. */
function inOrder(batchSize: number, work: (batch: StreamRecord[]) => Promise<void>): (record: StreamRecord) => void {
  const waiting: StreamRecord[] = [];
  let busy = false;
  return async (record) => {
    waiting.push(record);
    if (busy) return;
    busy = true;
    while (waiting.length > 0) await work(waiting.splice(0, batchSize));
    busy = false;
  };
}

interface Delivery {
  readonly mapping: Resource<Mapping>;
  readonly site: Site;
  readonly queues: Queues;
  readonly functions: Functions;
}

async function deliver(batch: StreamRecord[], retries: number, delivery: Delivery): Promise<void> {
  const { mapping, site, queues, functions } = delivery;
  const { FunctionName, MaximumRetryAttempts = -1, BisectBatchOnFunctionError } = mapping.properties;
  const result = await functions.invoke(FunctionName, JSON.stringify({ Records: batch }));
  if (site.stopped.aborted) return;
  const failed = failuresOf(
    result,
    batch.map(({ dynamodb }) => dynamodb.SequenceNumber),
    mapping.properties,
  );
  if (failed.size === 0) return;
  // A stream resumes at its first failure, whatever the later records' results.
  const rest = batch.slice(batch.findIndex(({ dynamodb }) => failed.has(dynamodb.SequenceNumber)));
  if (BisectBatchOnFunctionError && rest.length > 1 && rest.length === batch.length) {
    const middle = Math.ceil(rest.length / 2);
    await deliver(rest.slice(0, middle), retries, delivery);
    return deliver(rest.slice(middle), retries, delivery);
  }
  const allowed = MaximumRetryAttempts === -1 ? MOST_RETRIES : Math.min(MaximumRetryAttempts, MOST_RETRIES);
  if (retries < allowed) return deliver(rest, retries + 1, delivery);
  const destination = mapping.properties.DestinationConfig?.OnFailure?.Destination;
  if (destination !== undefined) await queues.sendTo(destination, JSON.stringify(lost(rest, retries + 1, mapping)));
}

/** The record of an abandoned batch: positions in the stream, no content. */
function lost(batch: readonly StreamRecord[], invokeCount: number, { properties }: Resource<Mapping>): object {
  const arrivals = batch.map(({ dynamodb }) =>
    new Date(Number(dynamodb.ApproximateCreationDateTime) * 1000).toISOString(),
  );
  return {
    ...failureRecord(properties.FunctionName, 'RetryAttemptsExhausted', invokeCount),
    DDBStreamBatchInfo: {
      shardId: 'shardId-00000000000000000000-00000000',
      startSequenceNumber: batch[0]?.dynamodb.SequenceNumber,
      endSequenceNumber: batch.at(-1)?.dynamodb.SequenceNumber,
      approximateArrivalOfFirstRecord: arrivals[0],
      approximateArrivalOfLastRecord: arrivals.at(-1),
      batchSize: batch.length,
      streamArn: properties.EventSourceArn,
    },
  };
}
