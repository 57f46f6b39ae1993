import { OPERATION_FAILED } from '../../contract/events.ts';
import { isPlainObject } from '../../contract/json-round-trip.ts';
import { ReportsNotConfiguredError } from '../../contract/report-errors.ts';
import { REPORTS_VARIABLE, type ReportingSettings } from '../../contract/report-settings.ts';
import { BODY_REPORTS, REPORTS, within } from '../budgets.ts';
import type { Report, ReportSource } from './report-source.ts';

/** What the bus answers for an entry, if it took it. An error otherwise. */
type PutEvent = (entry: Entry) => Promise<{ readonly errorCode?: string | undefined }>;

interface Entry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

/** The services that take reports. */
export interface ReportServices {
  readonly putEvent: PutEvent;
  /** Adds an object, unless it is there already. */
  readonly putObject: (bucket: string, key: string, content: Uint8Array) => Promise<void>;
  readonly sendMessage: (queueUrl: string, body: string) => Promise<void>;
  /** Waits for milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
}

/** Most times that an entry is put: the SDK tries each request again, but not an entry that the bus refused. */
const MAX_PUTS = 3;
const PAUSE_MS = 100;
/** Refusals of an entry that another try may not meet. */
const PASSES: ReadonlySet<string> = new Set(['ThrottlingException', 'InternalFailure', 'InternalException']);

let ofEnvironment: ReportSource | undefined;

/** Reads the environment at the first report, so that tests without it can import the module. */
export function environmentReports(): ReportSource {
  ofEnvironment ??= reportsTo(settingsOf(process.env[REPORTS_VARIABLE]), awsServices());
  return ofEnvironment;
}

/**
 * Puts reports on the bus. What the bus does not take, goes to the queue of the dependency, from where it gets to the
 * bus. An event that arrives twice is the same failure, since it has the same id.
 */
export function reportsTo(settings: ReportingSettings, services: ReportServices): ReportSource {
  return {
    dependencyOf: (name) => (Object.hasOwn(settings.dependencies, name) ? settings.dependencies[name] : undefined),
    takesBodies: settings.bucket !== undefined,
    async send(report) {
      const { bucket = '' } = settings;
      for (const { key, content } of report.bodies) await services.putObject(bucket, key, content);
      const refusal = await putOnBus(report, settings, services);
      if (refusal === undefined) return;
      const queue = settings.dependencies[report.dependency]?.queue;
      if (queue === undefined) throw refusal;
      await services.sendMessage(queue, report.detail);
    },
  };
}

/** @returns why the bus did not take the report; undefined if it did */
async function putOnBus(
  { dependency, detail }: Report,
  { bus, dependencies }: ReportingSettings,
  { putEvent, pause }: ReportServices,
): Promise<Error | undefined> {
  const Source = dependencies[dependency]?.source ?? '';
  const entry = { EventBusName: bus, Source, DetailType: OPERATION_FAILED, Detail: detail };
  for (let put = 1; ; put++) {
    const { errorCode } = await putEvent(entry).catch((cause: unknown) => ({
      errorCode: new Error('no answer', { cause }),
    }));
    if (errorCode === undefined) return undefined;
    if (typeof errorCode !== 'string') return errorCode;
    if (put === MAX_PUTS || !PASSES.has(errorCode)) return new Error(`the bus refused the event: ${errorCode}`);
    await pause(Math.random() * PAUSE_MS * 2 ** put);
  }
}

function settingsOf(text: string | undefined): ReportingSettings {
  const settings: unknown = text === undefined ? undefined : JSON.parse(text);
  if (isPlainObject(settings) && typeof settings.bus === 'string' && isPlainObject(settings.dependencies))
    return settings as unknown as ReportingSettings;
  const remedy =
    'call pipeline.reportsFrom(fn, dependency) for this function in the CDK app, or give `reports` in a test';
  throw new ReportsNotConfiguredError(`${REPORTS_VARIABLE} must be set: ${remedy}`);
}

/** Loads the clients when they are needed, so that they add nothing to the start of a function. */
export function awsServices(): ReportServices {
  const events = once(async () => {
    const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
    const client = new EventBridgeClient(within(REPORTS));
    return (entry: Entry) => client.send(new PutEventsCommand({ Entries: [entry] }));
  });
  const queues = once(async () => {
    const { SQSClient, SendMessageCommand } = await import('@aws-sdk/client-sqs');
    const client = new SQSClient(within(REPORTS));
    return (QueueUrl: string, MessageBody: string) => client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  });
  const objects = once(async () => {
    const { PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
    const client = new S3Client(within(BODY_REPORTS));
    return (Bucket: string, Key: string, Body: Uint8Array) =>
      client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/json', IfNoneMatch: '*' }));
  });
  return {
    async putObject(bucket, key, content) {
      const put = await objects();
      // The key is random, so an object that is there is this one: the answer to an earlier request was lost.
      await put(bucket, key, content).catch((error: unknown) => {
        if (!(error instanceof Error && error.name === 'PreconditionFailed')) throw error;
      });
    },
    async putEvent(entry) {
      const put = await events();
      const { FailedEntryCount = 0, Entries = [] } = await put(entry);
      return FailedEntryCount === 0 ? {} : { errorCode: Entries[0]?.ErrorCode ?? 'unknown' };
    },
    async sendMessage(queueUrl, body) {
      const send = await queues();
      await send(queueUrl, body);
    },
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
