import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';

interface ClientOptions {
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
export function createClients({ region, profile, endpoint, credentials = LOCAL_CREDENTIALS }: ClientOptions): Clients {
  const local = endpoint !== undefined && isLoopback(endpoint);
  const options = {
    region: region ?? (local ? LOCAL_REGION : undefined),
    credentials: local ? credentials : undefined,
    profile,
    endpoint,
    maxAttempts: local ? 1 : undefined,
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

/** Whether the endpoint is on this machine and thus not AWS. */
export function isLoopback(endpoint: string): boolean {
  return URL.canParse(endpoint) && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(endpoint).hostname);
}
