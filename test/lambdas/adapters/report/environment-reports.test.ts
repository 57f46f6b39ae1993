import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { awsServices, reportsTo } from '../../../../lambdas/adapters/report/environment-reports.ts';
import { reportFailure } from '../../../../lambdas/adapters/report/library.ts';
import { LostAnswerError, PAYMENTS, received, unreliableBus } from './report-scene.ts';

const FAILED = { dependency: 'payments', id: 'order-1', operation: { path: '/charges', body: { amount: 1 } } };
const LARGE = { ...FAILED, operation: { path: '/charges', body: { note: 'x'.repeat(70_000) } } };
const TWO_LARGE = {
  ...LARGE,
  undo: [{ name: 'reserve', dependency: 'payments', operation: { ...LARGE.operation, path: '/reversals' } }],
};
const NO_ANSWER = fc.constant(new Error('no answer'));
const LOST_ANSWER = fc.constant(new LostAnswerError());
const REFUSAL = fc
  .constantFrom('ThrottlingException', 'InternalFailure', 'AccessDenied')
  .map((errorCode) => ({ errorCode }));
const BUS_ANSWERS = fc.array(fc.oneof(fc.constant({}), REFUSAL, NO_ANSWER, LOST_ANSWER), {
  minLength: 1,
  maxLength: 5,
});
const BUCKET_ANSWERS = fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, NO_ANSWER, LOST_ANSWER), {
  maxLength: 2,
});
const DOWN = Object.assign(new Error('down'), { statusCode: 503 });
const report = (source: ReturnType<typeof unreliableBus>['source']) => reportFailure(DOWN, FAILED, { reports: source });

describe('a report', () => {
  it('is put on the bus', async () => {
    const { source, onBus, inQueue } = unreliableBus({});
    expect(await report(source)).toMatchObject({ name: 'ReportedError', id: 'order-1', cause: DOWN });
    expect(onBus.map((detail) => received(detail))).toMatchObject([{ kind: 'failure', failure: { id: 'order-1' } }]);
    expect(inQueue).toEqual([]);
  });

  it('is put again with a growing pause, if the bus refuses it for a while', async () => {
    const throttled = { errorCode: 'ThrottlingException' };
    const { source, onBus, inQueue, pauses } = unreliableBus({
      bus: [throttled, { errorCode: 'InternalFailure' }, {}],
    });
    await report(source);
    expect([onBus.length, inQueue.length, pauses.length]).toEqual([1, 0, 2]);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(800);
  });

  it.each([
    ['the bus goes on refusing it', { errorCode: 'ThrottlingException' }],
    ['the bus refuses it for good', { errorCode: 'NotAuthorizedForSourceException' }],
    ['the bus is out of reach', new Error('socket hang up')],
  ])('goes to the queue, if %s', async (_, answer) => {
    const { source, onBus, inQueue } = unreliableBus({ bus: [answer] });
    await report(source);
    expect(onBus).toEqual([]);
    expect(inQueue.map((detail) => received(detail))).toMatchObject([{ kind: 'failure' }]);
  });

  it('of a large body comes after the body, whether the bus takes it or the queue', async () => {
    for (const bus of [[{}], [new Error('no answer')]]) {
      const { source, onBus, inQueue, inBucket } = unreliableBus({ bus, bucket: [] });
      await reportFailure(DOWN, LARGE, { reports: source });
      expect([...inBucket.values()]).toEqual([JSON.stringify(LARGE.operation.body)]);
      const [detail = '', ...others] = [...onBus, ...inQueue];
      expect([JSON.parse(detail).operation.bodyClaim.key, others]).toEqual([[...inBucket.keys()][0], []]);
    }
  });

  it('of a large body is not sent, if the bucket does not take the body', async () => {
    const cause = new Error('no bucket');
    const { source, onBus, inQueue } = unreliableBus({ bucket: [cause] });
    const error = await reportFailure(DOWN, LARGE, { reports: source }).catch((thrown) => thrown);
    expect([error.name, error.cause, onBus, inQueue]).toEqual(['NotReportedError', cause, [], []]);
  });

  it('that nobody takes fails with an error', async () => {
    const cause = new Error('no queue');
    const { source } = unreliableBus({ bus: [new Error('no bus')], queue: [cause] });
    await expect(report(source)).rejects.toMatchObject({ name: 'NotReportedError', id: 'order-1', cause });
  });

  it.each([
    ['small', FAILED, 0],
    ['of large bodies, each in the bucket', TWO_LARGE, 2],
  ])(
    'that is %s is on the bus, in the queue or fails, and is nowhere twice unless an answer was lost, whatever breaks',
    async (_, failed, bodies) => {
      await fc.assert(
        fc.asyncProperty(BUS_ANSWERS, fc.option(NO_ANSWER), BUCKET_ANSWERS, async (bus, queue, bucket) => {
          const { source, onBus, inQueue, inBucket, isLost } = unreliableBus({
            bus,
            queue: queue ? [queue] : [],
            bucket,
          });
          const unheard = await reportFailure(DOWN, failed, { reports: source }).then(
            () => 0,
            (error: Error) => (error.name === 'NotReportedError' ? 1 : 9),
          );
          const copies = [...onBus, ...inQueue];
          // Who hears of a failure tries again, and the copy on the bus has the same id: it is the same failure.
          expect(new Set(copies).size).toBe(copies.length > 0 ? 1 : 0);
          expect(copies.length + unheard).toBe(isLost() ? 2 : 1);
          for (const copy of copies) {
            const parsed = received(copy, PAYMENTS);
            if (parsed.kind !== 'failure') throw new Error(JSON.stringify(parsed));
            const { operation, undo = [] } = parsed.failure;
            const claims = [operation, ...undo.map((step) => step.operation)].flatMap(
              ({ bodyClaim = [] }) => bodyClaim,
            );
            expect(claims.map(({ key }) => key)).toEqual([...inBucket.keys()]);
            expect(claims).toHaveLength(bodies);
          }
        }),
        { numRuns: 80 },
      );
    },
  );
});

/** The services as they answer, by the real clients of the SDK. */
class Services {
  /** What the bus took, and what the queue took. */
  readonly onBus: string[] = [];
  readonly inQueue: string[] = [];
  /** Requests for objects. */
  readonly puts: string[] = [];
  /** Statuses of the bucket; then it takes all. */
  bucket: number[] = [];
  answers: readonly BusAnswer[] = [];
  url = '';
  private readonly server = createServer(async (request, response) => {
    const given = await text(request);
    if (request.method === 'PUT') {
      this.puts.push(`${request.url} ${request.headers['if-none-match']} ${given.length}`);
      const status = this.bucket.shift() ?? 200;
      return response.writeHead(status).end(status === 412 ? '<Error><Code>PreconditionFailed</Code></Error>' : '');
    }
    const body = JSON.parse(given);
    if (String(request.headers['x-amz-target']).includes('SendMessage')) {
      this.inQueue.push(body.MessageBody);
      const MD5OfMessageBody = createHash('md5').update(body.MessageBody).digest('hex');
      return response.end(JSON.stringify({ MessageId: 'm-1', MD5OfMessageBody }));
    }
    const answer = this.answers.length > 1 ? this.answers[0] : this.answers.at(-1);
    this.answers = this.answers.length > 1 ? this.answers.slice(1) : this.answers;
    if (answer === 'reset') return request.socket.resetAndDestroy();
    if (answer === 'down') return response.writeHead(500).end('{}');
    if (answer !== 'taken') {
      const Entries = [{ ErrorCode: answer, ErrorMessage: 'refused' }];
      return response.end(JSON.stringify({ FailedEntryCount: 1, Entries }));
    }
    this.onBus.push(body.Entries[0].Detail);
    response.end(JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] }));
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    vi.stubEnv('AWS_ENDPOINT_URL', this.url);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'local');
    vi.stubEnv('AWS_REGION', 'us-east-1');
  }

  stop(): void {
    vi.unstubAllEnvs();
    this.server.close();
    this.server.closeAllConnections();
  }
}

type BusAnswer = 'taken' | 'reset' | 'down' | 'ThrottlingException' | 'NotAuthorizedForSourceException';

describe('a report by the clients of the SDK', () => {
  const services = new Services();
  beforeAll(() => services.start());
  afterAll(() => services.stop());

  it.each<[string, readonly BusAnswer[], number, number]>([
    ['is on the bus if the bus takes it', ['taken'], 1, 0],
    ['is put again if its entry is throttled', ['ThrottlingException', 'taken'], 1, 0],
    ['goes to the queue if its entry is refused', ['NotAuthorizedForSourceException'], 0, 1],
    ['is put again if the bus fails once', ['down', 'taken'], 1, 0],
    ['goes to the queue if the bus is down', ['down'], 0, 1],
    ['goes to the queue if the connection breaks', ['reset'], 0, 1],
  ])('%s', async (_, answers, onBus, inQueue) => {
    services.onBus.length = 0;
    services.inQueue.length = 0;
    services.answers = answers;
    const dependencies = { payments: { ...PAYMENTS, queue: `${services.url}/reports` } };
    await report(reportsTo({ bus: 'the-bus', dependencies }, { ...awsServices(), pause: async () => {} }));
    expect([services.onBus.length, services.inQueue.length]).toEqual([onBus, inQueue]);
    const [detail] = [...services.onBus, ...services.inQueue];
    expect(received(detail)).toMatchObject({ kind: 'failure', failure: { id: 'order-1' } });
  });

  it.each<[string, number[], number]>([
    ['is added once', [], 1],
    ['is added again, if the answer was lost', [500, 412], 2],
    ['is added again, if the bucket fails once', [503], 2],
  ])('has its body in the bucket before: it %s', async (_, bucket, puts) => {
    Object.assign(services, { bucket, answers: ['taken'] });
    services.puts.length = 0;
    const source = reportsTo({ bus: 'the-bus', bucket: 'bodies', dependencies: { payments: PAYMENTS } }, awsServices());
    await reportFailure(DOWN, LARGE, { reports: source });
    const path = '/bodies/bodies/payments/-/[\\da-f-]{36}\\?x-id=PutObject';
    expect(services.puts).toEqual(Array(puts).fill(expect.stringMatching(new RegExp(`^${path} \\* 70011$`))));
    expect(JSON.parse(services.onBus.at(-1) ?? '').operation.bodyClaim.bytes).toBe(70_011);
  });
});
