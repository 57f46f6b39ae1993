import { expect } from 'vitest';
import { reportsTo } from '../../../../lambdas/adapters/report/environment-reports.ts';
import type { ReportSource } from '../../../../lambdas/adapters/report/report-source.ts';
import type { ReportedDependency } from '../../../../lambdas/contract/report-settings.ts';
import { DAY_MS } from '../../../../lambdas/contract/time.ts';
import { type ParsedMessage, parseLaneMessage } from '../../../../lambdas/domain/boundary/failure-event.ts';

export const SOURCE = 'backstop.report';

export const PAYMENTS: Extract<ReportedDependency, { readonly kind: 'http' }> = {
  kind: 'http',
  baseUrl: 'https://payments.example.com/v1',
  timeoutMs: 5_000,
  idempotencyKeys: true,
  source: SOURCE,
};

/** What a lane makes of a report. */
export function received(detail: unknown, dependency = PAYMENTS, name = 'payments'): ParsedMessage {
  const text = typeof detail === 'string' ? detail : JSON.stringify(detail);
  const event = `{"version":"0","detail-type":"Operation Failed","source":"${dependency.source}","account":"1","detail":${text}}`;
  return parseLaneMessage(event, {
    dependency: name,
    now: Date.now(),
    retentionMs: 30 * DAY_MS,
    acceptedBy: () => dependency,
    takesEncodedSlashes: () => dependency.encodedSlashes === true,
  });
}

type PutAnswer = Readonly<Record<string, never>> | { readonly errorCode: string } | Error;

/** The bus took the event, or the bucket the object, and nobody hears of it. */
export class LostAnswerError extends Error {
  override readonly name = 'LostAnswerError';
}

interface Answers {
  readonly bus?: readonly PutAnswer[];
  readonly queue?: readonly Error[];
  /** Errors of the bucket for large bodies. @default - there is no bucket */
  readonly bucket?: readonly (Error | undefined)[];
}

/** A bus, a queue and a bucket that answer as told. The last answer of the bus repeats. */
export function unreliableBus({ bus = [{}], queue = [], bucket }: Answers) {
  const onBus: string[] = [];
  const inQueue: string[] = [];
  const inBucket = new Map<string, string>();
  const pauses: number[] = [];
  let lost = 0;
  const answers = [...bus];
  const faults = [...queue];
  const faultsOfBucket = [...(bucket ?? [])];
  const next = () => (answers.length > 1 ? answers.shift() : answers[0]) ?? {};
  const settings = {
    bus: 'the-bus',
    bucket: bucket && 'the-bucket',
    dependencies: { payments: { ...PAYMENTS, queue: 'https://sqs/reports' } },
  };
  const source: ReportSource = reportsTo(settings, {
    async putEvent(entry) {
      expect(entry).toMatchObject({ EventBusName: 'the-bus', Source: SOURCE, DetailType: 'Operation Failed' });
      const answer = next();
      if (answer instanceof LostAnswerError) lost = onBus.push(entry.Detail);
      if (answer instanceof Error) throw answer;
      if (!('errorCode' in answer)) onBus.push(entry.Detail);
      return answer;
    },
    async putObject(name, key, content) {
      expect([name, onBus, inQueue]).toEqual(['the-bucket', [], []]);
      const fault = faultsOfBucket.shift();
      if (!fault || fault instanceof LostAnswerError) inBucket.set(key, Buffer.from(content).toString());
      if (fault) throw fault;
    },
    async sendMessage(queueUrl, body) {
      expect(queueUrl).toBe('https://sqs/reports');
      const fault = faults.shift();
      if (fault) throw fault;
      inQueue.push(body);
    },
    pause: async (ms) => void pauses.push(ms),
  });
  return { source, onBus, inQueue, inBucket, pauses, isLost: () => lost > 0 };
}
