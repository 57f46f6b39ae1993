/** Runs inside the worker thread of a function: loads the handler, then answers one invocation after the other. */
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

/** What a thread is started with. */
export interface ThreadData {
  readonly file: string;
  readonly handler: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: string;
}

/** What a thread is told to work on. */
export interface Invocation {
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  /** When its time is up, in milliseconds since the epoch. */
  readonly deadline: number;
}

/** An error as Lambda reports it. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** How an invocation ended; `payload` is JSON text. */
export type InvocationResult =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly error: FunctionError };

const { file, handler, functionName, functionArn, memoryMb } = workerData as ThreadData;
const handle = (await import(pathToFileURL(file).href))[handler];
if (typeof handle !== 'function') throw new Error(`${file} exports no function ${handler}`);
parentPort?.on('message', async (invocation: Invocation) => parentPort?.postMessage(await run(invocation)));
parentPort?.postMessage('ready');

async function run({ requestId, event, deadline }: Invocation): Promise<InvocationResult> {
  const context = {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: memoryMb,
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    return { ok: true, payload: JSON.stringify((await handle(JSON.parse(event), context)) ?? null) };
  } catch (error) {
    return { ok: false, error: reported(error) };
  }
}

function reported(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}
