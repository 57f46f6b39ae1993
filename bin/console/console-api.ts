import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { ENDPOINTS, type Request } from './endpoints.ts';
import { type Answer, type RunTool, runForDocument } from './run-for-document.ts';
import type { Runs } from './runs.ts';

export interface Api {
  readonly run: RunTool;
  readonly runs: Runs;
}

interface Response {
  readonly status: number;
  readonly document: unknown;
}

/** Answers one request of the page. Never throws for what a page may send. */
export async function answerTo({ run, runs }: Api, name: string, text: string): Promise<Response> {
  const endpoint = Object.hasOwn(ENDPOINTS, name) ? ENDPOINTS[name] : undefined;
  if (!endpoint) return failed(404, 'NotFoundError', `there is no operation '${name}'`);
  let request: Request;
  try {
    request = endpoint(JSON.parse(text));
  } catch (error) {
    return failed(400, 'UsageError', error instanceof v.ValiError ? mistakeIn(error) : 'the request is not JSON');
  }
  switch (request.kind) {
    case 'command':
      return toResponse(await withFile(request, (args) => runForDocument(run, args)));
    case 'run':
      return { status: 200, document: runs.start(request) };
    case 'pause':
      return { status: 200, document: runs.pause(request.run) };
    case 'runs':
      return { status: 200, document: runs.all() };
    default:
      return request satisfies never;
  }
}

/** Commands read long texts from a file. It is in a folder of its own that only this user can open. */
async function withFile(
  { args, file }: Extract<Request, { kind: 'command' }>,
  work: (args: readonly string[]) => Promise<Answer>,
): Promise<Answer> {
  if (!file) return work(args);
  const folder = await mkdtemp(join(tmpdir(), 'backstop-console-'));
  try {
    const path = join(folder, 'text.json');
    await writeFile(path, file.text, { mode: 0o600 });
    return await work([...args, `${file.option}=${path}`]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** HTTP statuses by the tool's exit codes. */
const STATUSES: Readonly<Record<number, number>> = { 1: 502, 2: 400, 3: 404, 4: 409, 5: 409, 130: 409 };

function toResponse({ code, document, message }: Answer): Response {
  if (code === 0) return { status: 200, document };
  return { status: STATUSES[code] ?? 502, document: { name: 'ToolError', message, code, document } };
}

function mistakeIn({ issues: [issue] }: v.ValiError<v.GenericSchema>): string {
  return `${v.getDotPath(issue) ?? 'the request'}: ${issue.message}`;
}

function failed(status: number, name: string, message: string): Response {
  return { status, document: { name, message } };
}
