import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { REGION } from '../local/resource-kinds.ts';
import { sendFailures } from './send-failures.ts';

const USAGE = `Sends one Operation Failed event to a running demonstration.

usage: npm run send -- --endpoint http://127.0.0.1:PORT --bus NAME [--id ID] FILE.json

FILE.json holds the event's detail, or is one of tools/demo/events. --id gives it an id of its own, since an id
that is known already is a repetition, and does nothing. The demonstration (npm start) prints PORT and NAME.`;

interface Arguments {
  readonly endpoint: string;
  readonly busName: string;
  readonly id?: string;
  readonly file: string;
}

/** A mistake of whoever called. */
class UsageError extends Error {}

if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) console.log(USAGE);
else await main(process.argv.slice(2));

async function main(args: string[]): Promise<void> {
  try {
    const { endpoint, busName, id, file } = readArguments(args);
    const detail = { ...(await readDetail(file)), ...(id !== undefined && { id }) };
    // The embedded cloud takes any credentials.
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new EventBridgeClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });
    await sendFailures([detail], { client, busName });
    console.log(
      'Sent. Where the demonstration runs it shows what becomes of it: its outcome, a question, or that it knows the id.',
    );
  } catch (error) {
    console.error(error instanceof UsageError ? error.message : `Not sent: ${reasonOf(error)}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** @throws UsageError where something is missing or too much */
function readArguments(args: string[]): Arguments {
  const { values, positionals } = parse(args);
  const { endpoint, bus: busName, id } = values;
  const [file, ...others] = positionals;
  if (endpoint === undefined) throw mistake('--endpoint is missing');
  if (!/^https?:/.test(endpoint) || !URL.canParse(endpoint)) {
    throw mistake(`--endpoint must be a URL such as http://127.0.0.1:4566, got '${endpoint}'`);
  }
  if (!busName) throw mistake('--bus is missing');
  if (!file) throw mistake('FILE.json is missing');
  if (others.length > 0) throw mistake(`one FILE.json at a time, got ${positionals.join(' ')}`);
  return { endpoint, busName, file, ...(id !== undefined && { id }) };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { endpoint: { type: 'string' }, bus: { type: 'string' }, id: { type: 'string' } },
    });
  } catch (error) {
    throw mistake((error as Error).message);
  }
}

function mistake(what: string): UsageError {
  return new UsageError(`${what}\n\n${USAGE}`);
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
