import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { REGION } from '../local/resource-kinds.ts';
import { sendFailures } from './send-failures.ts';

const USAGE = `Sends one Operation Failed event to a running demonstration.

usage: npm run send -- --endpoint http://127.0.0.1:PORT --bus NAME [--id ID] FILE.json

FILE.json holds the event's detail, or is one of tools/demo/events. --id gives it an id of its own, since an id
that is known already is a repetition, and does nothing.`;

interface Arguments {
  readonly endpoint: string;
  readonly busName: string;
  readonly id?: string;
  readonly file: string;
}

/** A mistake of whoever called. */
class UsageError extends Error {}

try {
  const { endpoint, busName, id, file } = readArguments(process.argv.slice(2));
  const detail = { ...(await readDetail(file)), ...(id !== undefined && { id }) };
  // The embedded cloud takes any credentials.
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new EventBridgeClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });
  await sendFailures([detail], { client, busName });
  console.log('Sent. Its outcome shows where the demonstration runs, unless it knows the id already.');
} catch (error) {
  console.error(error instanceof UsageError ? error.message : `Not sent: ${reasonOf(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** @throws UsageError where something is missing or too much */
function readArguments(args: string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { endpoint: { type: 'string' }, bus: { type: 'string' }, id: { type: 'string' } },
    });
    const [file, ...others] = positionals;
    const { endpoint = '', bus: busName, id } = values;
    if (!URL.canParse(endpoint) || !busName || !file || others.length > 0) throw new UsageError(USAGE);
    return { endpoint, busName, file, ...(id !== undefined && { id }) };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${(error as Error).message}\n\n${USAGE}`);
  }
}

/** @throws UsageError where the file is not there, or holds no JSON object */
async function readDetail(file: string): Promise<object> {
  const content = await readJson(file);
  const detail = isObject(content) && 'event' in content ? content.event : content;
  if (!isObject(detail)) throw new UsageError(`${file} holds no JSON object`);
  return detail;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} can't be read as JSON: ${(error as Error).message}`);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reasonOf(error: unknown): string {
  const { message, code } = error as Error & { code?: string };
  return code === 'ECONNREFUSED' ? 'nothing listens at that endpoint; is the demonstration running?' : message;
}
