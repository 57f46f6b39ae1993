import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { packageRoot } from '../../../lib/parts/package-root.ts';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';

/** A file of a tutorial, as it was and as it is. */
export interface Change {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** Lines that the reader writes. */
  readonly written: readonly string[];
}

const BLOCK = /`([^`\n]+)`:\n\n```diff\n([\s\S]*?)```/g;
const PATIENCE_MS = 120_000;

/** The changes that a document shows as diffs, each after the path of its file. */
export function changesIn(page: string): readonly Change[] {
  return [...page.matchAll(BLOCK)].map(([, path = '', diff = '']) => {
    const lines = diff.split('\n').slice(0, -1);
    const without = (sign: string) => lines.filter((line) => !line.startsWith(sign)).map((line) => line.slice(1));
    const written = lines.filter((line) => line.startsWith('+')).map((line) => line.slice(1));
    return { path, before: `${without('+').join('\n')}\n`, after: `${without('-').join('\n')}\n`, written };
  });
}

/** The changes of docs/reporting.md. */
export function changesOfReporting(): readonly Change[] {
  return changesIn(readFileSync(join(packageRoot(), 'docs/reporting.md'), 'utf8'));
}

/**
 * Follows "From an empty folder" of docs/reporting.md. Makes an app by `cdk init`, writes the files of the document,
 * and synthesizes it. Runs it in the embedded cloud, with an API that is down at first.
 *
 * @param folder where strangers' packages are installed
 * @param step runs a command in a folder
 * @throws Error unless the charge is reported, and then made once
 */
export async function followReporting(
  folder: string,
  step: (command: readonly string[], cwd: string) => void,
): Promise<void> {
  const home = join(folder, 'own');
  mkdirSync(home);
  step(['{tool-node}', '{bin}/aws-cdk/bin/cdk', 'init', 'app', '--language', 'typescript', '--generate-only'], home);
  symlinkSync(join(folder, 'node_modules'), join(home, 'node_modules'));
  const api = await startApi();
  try {
    for (const { path, after } of changesOfReporting()) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), after.replaceAll('https://payments.example.com', api.url));
    }
    // The metadata for the CDK's statistics has conditions, which the embedded cloud does not know.
    step(['{tool-node}', '{bin}/aws-cdk/bin/cdk', 'synth', '--quiet', '--no-version-reporting'], home);
    const cloud = await startCloud({ assembly: join(home, 'cdk.out') });
    try {
      await healCharge(cloud, api);
    } finally {
      await cloud.stop();
    }
  } finally {
    api.stop();
  }
}

interface Api {
  readonly url: string;
  /** Path and body of each charge that was made. */
  readonly charges: string[];
  stop(): void;
}

/** An API that is down for the first request. */
async function startApi(): Promise<Api> {
  const charges: string[] = [];
  let requests = 0;
  const server: Server = createServer(async (request, response) => {
    requests += 1;
    const body = await text(request);
    if (requests > 1) charges.push(`${request.method} ${request.url} ${body}`);
    response.writeHead(requests > 1 ? 200 : 503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, charges, stop };
}

async function healCharge({ endpoint, credentials }: LocalCloud, { charges }: Api): Promise<void> {
  const { accessKeyId, secretAccessKey } = credentials;
  // The function finds the SDK in the app's folder, where it reads the environment of this process.
  Object.assign(process.env, { AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1' });
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey });
  const [lambda, dynamodb] = [new LambdaClient(), new DynamoDBClient()];
  try {
    const Payload = JSON.stringify({ order: 'order-1', amount: 4200 });
    const answer = await lambda.send(new InvokeCommand({ FunctionName: 'charge', Payload }));
    const said = answer.Payload?.transformToString() ?? '';
    if (!said.includes('"errorType":"ReportedError"')) throw new Error(`the function did not report: ${said}`);
    await outcome(dynamodb, 'recovered');
    const expected = ['PUT /charges/order-1 {"amount":4200}'];
    if (charges.join() !== expected.join()) throw new Error(`the charges are ${charges.join() || 'none'}`);
  } finally {
    lambda.destroy();
    dynamodb.destroy();
  }
}

/** Waits for the outcome of the only failure. */
async function outcome(dynamodb: DynamoDBClient, expected: string): Promise<void> {
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand());
  const TableName = TableNames.find((name) => name.includes('Ledger'));
  const before = performance.now() + PATIENCE_MS;
  for (;;) {
    const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName, ConsistentRead: true }));
    const outcomes = Items.flatMap(({ outcome: found }) => found?.S ?? []);
    if (outcomes.includes(expected)) return;
    if (performance.now() > before) throw new Error(`no outcome ${expected} but ${outcomes.join() || 'none'}`);
    await sleep(200);
  }
}
