import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { ResolvedDependency } from '../config/config.ts';
import { ParkedDeadLetters } from '../lane/parked-dead-letters.ts';
import { BackstopQueue } from '../parts/backstop-queue.ts';
import { FailureBus, OutcomeBus } from '../parts/buses.ts';
import { Escalations } from '../parts/escalations.ts';
import { FailureStore, type IFailureStore } from '../parts/failure-store.ts';
import { admitProducers } from '../parts/producers.ts';
import { reserveSources } from '../parts/reserve-sources.ts';
import { reserveStore } from '../parts/reserve-store.ts';
import type { PipelineSettings } from './pipeline-schema.ts';

/** What all other parts of a pipeline read, write and send to. */
export interface Foundation {
  readonly store: IFailureStore;
  readonly lastResort: Queue;
  readonly rejects: Queue;
  readonly bus: FailureBus;
  readonly outcomes: OutcomeBus;
  readonly escalations: Escalations;
  readonly parked: ParkedDeadLetters;
}

/**
 * Creates the store, the buses, the queues that all lanes share, and the topics.
 *
 * @throws ConfigError when another pipeline has the store, or a source
 */
export function createFoundation(
  pipeline: Construct,
  { store: given, producers, runbookUrl, operatorCommand }: PipelineSettings,
  dependencies: readonly ResolvedDependency[],
): Foundation {
  const store = given ?? new FailureStore(pipeline, 'Store');
  reserveStore(store, pipeline);
  reserveSources(pipeline, dependencies);
  const { encryptionKey } = store;
  const lastResort = new BackstopQueue(pipeline, 'LastResort', { encryptionKey });
  const rejects = new BackstopQueue(pipeline, 'Rejects', { encryptionKey });
  const bus = new FailureBus(pipeline, 'Bus', { encryptionKey, deadLetterQueue: lastResort });
  admitProducers(
    bus,
    producers,
    dependencies.map(({ settings }) => settings),
  );
  const outcomes = new OutcomeBus(pipeline, 'Outcomes', { encryptionKey, deadLetterQueue: lastResort });
  const escalations = new Escalations(pipeline, 'Escalations', {
    encryptionKey,
    runbookUrl,
    operatorCommand,
    lastResort,
  });
  const parked = new ParkedDeadLetters(pipeline, 'Parked', { encryptionKey, escalations });
  return { store, lastResort, rejects, bus, outcomes, escalations, parked };
}
