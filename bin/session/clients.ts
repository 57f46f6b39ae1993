import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { AwsClock } from './aws-clock.ts';

interface ClientOptions {
  /** Learns the time of AWS from each answer. */
  readonly clock: Pick<AwsClock, 'learn'>;
  readonly region?: string | undefined;
  /** Of the AWS CLI's files. */
  readonly profile?: string | undefined;
  /** URL of an emulator, which accepts any credentials. */
  readonly endpoint?: string | undefined;
  /** Credentials for an emulator. @default - those that may do everything */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

export interface Clients {
  readonly cloudformation: CloudFormationClient;
  readonly cloudwatch: CloudWatchClient;
  readonly dynamodb: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
}

/** For the embedded cloud, which has one region and checks no credentials. */
const LOCAL_REGION = 'us-east-1';
const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** Creates all clients. A client opens no connection before its first call. */
export function createClients({
  region,
  profile,
  endpoint,
  credentials = LOCAL_CREDENTIALS,
  clock,
}: ClientOptions): Clients {
  const local = endpoint !== undefined && isLoopback(endpoint);
  const options = {
    region: region ?? (local ? LOCAL_REGION : undefined),
    credentials: local ? credentials : undefined,
    profile,
    endpoint,
    maxAttempts: local ? 1 : undefined,
    extensions: [learnsTime(clock)],
  };
  return {
    cloudformation: new CloudFormationClient(options),
    cloudwatch: new CloudWatchClient(options),
    dynamodb: new DynamoDBClient(options),
    lambda: new LambdaClient(options),
    sqs: new SQSClient(options),
    ssm: new SSMClient(options),
  };
}

/** The part of a client's configuration that sends requests. */
interface Sends {
  httpHandler(): { handle(...args: never[]): Promise<Received> };
}

interface Received {
  readonly response: { readonly headers: Readonly<Record<string, string>> };
}

/** Lets the clock learn from each answer of a client, errors included. */
function learnsTime(clock: Pick<AwsClock, 'learn'>) {
  return {
    configure(config: Sends) {
      const handler = config.httpHandler();
      const handle = handler.handle.bind(handler);
      const timed = async (...args: never[]) => {
        const sentAt = Date.now();
        const received = await handle(...args);
        clock.learn(received.response.headers.date, sentAt, Date.now());
        return received;
      };
      Object.assign(handler, { handle: timed });
    },
  };
}

/** Whether the endpoint is on this machine and thus not AWS. */
export function isLoopback(endpoint: string): boolean {
  return URL.canParse(endpoint) && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(endpoint).hostname);
}
