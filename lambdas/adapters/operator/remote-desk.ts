import { randomUUID } from 'node:crypto';
import { Sha256Node } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import * as v from 'valibot';
import { OPERATOR_ROUTES, type OperatorRoute } from '../../contract/operator-routes.ts';
import type { Clock } from '../../contract/time.ts';
import { type OperationName, type OperatorArguments, routeOf } from '../../domain/operator/operator-call.ts';
import type { Desk, OperatorResults } from '../../use-cases/operator/desk.ts';

interface RemoteDeskOptions {
  /** URL of the operator function's API. */
  readonly url: string;
  readonly region: () => Promise<string>;
  readonly credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'];
  /** Waits between attempts, in milliseconds. */
  readonly sleep: (ms: number) => Promise<unknown>;
  /** The time of AWS: it refuses a signature that is minutes older or newer. @default Date.now */
  readonly now?: Clock;
  readonly random?: () => number;
  /** Creates the id of a request: a UUID. */
  readonly newId?: () => string;
}

/** Longer than the time limit of an API. */
const TIMEOUT_MS = 35_000;
const MAX_ATTEMPTS = 4;
const PAUSE_MS = 200;
/** A refusal or a failure of the operator function. The name is that of its error. */
class RemoteError extends Error {
  override readonly name: string;
  readonly isRetryable: boolean;

  constructor(
    name: string,
    message: string,
    { isRetryable = false, cause }: { isRetryable?: boolean; cause?: unknown },
  ) {
    super(message, { cause });
    this.name = name;
    this.isRetryable = isRetryable;
  }
}

/** The desk behind its API. Signs each request with the operator's own AWS credentials (SigV4). */
export function remoteDesk({
  url,
  region,
  credentials,
  sleep,
  now = Date.now,
  random = Math.random,
  newId = randomUUID,
}: RemoteDeskOptions): Desk {
  const post = async (route: OperatorRoute, call: object): Promise<unknown> => {
    const signer = new SignatureV4({ service: 'execute-api', region: await region(), credentials, sha256: Sha256Node });
    const [, path = ''] = OPERATOR_ROUTES[route].split('/');
    return send(new URL(path, url), JSON.stringify(call), { signer, signingDate: new Date(now()) });
  };
  return async <Name extends OperationName>(operation: Name, args: OperatorArguments[Name]) => {
    // An answer may be lost. The function does each request once, and repeats its result.
    const request = newId();
    for (let attempt = 1; ; attempt++) {
      try {
        return (await post(routeOf(operation, args), { operation, args, request })) as OperatorResults[Name];
      } catch (error) {
        const mayRepeat = error instanceof RemoteError && error.isRetryable;
        if (!mayRepeat || attempt === MAX_ATTEMPTS) throw error;
        await sleep(PAUSE_MS * 2 ** attempt * random());
      }
    }
  };
}

interface Signing {
  readonly signer: SignatureV4;
  readonly signingDate: Date;
}

async function send(url: URL, body: string, { signer, signingDate }: Signing): Promise<unknown> {
  const { protocol, hostname, port, host, pathname: path } = url;
  const request = { method: 'POST', protocol, hostname, path, query: {}, body };
  const headers = { host, 'content-type': 'application/json' };
  const signed = await signer.sign(
    { ...request, ...(port === '' ? {} : { port: Number(port) }), headers },
    { signingDate },
  );
  // The client sends the host by itself.
  const { host: _, ...sent } = signed.headers;
  let response: Response;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(url, { method: 'POST', headers: sent, body, redirect: 'error', signal });
  } catch (error) {
    throw unreachable(error);
  }
  return resultOf(response.status, await response.text());
}

/** Reads the function's answer. @throws RemoteError with the name of the function's error */
export function resultOf(status: number, text: string): unknown {
  if (status === 200) return JSON.parse(text);
  throw faultOf(status, text);
}

const Fault = v.object({ error: v.object({ name: v.string(), message: v.string() }) });

/** API Gateway itself answers with a message only. */
function faultOf(status: number, text: string): RemoteError {
  const isRetryable = status === 429 || status >= 500;
  const fault = v.safeParse(v.pipe(v.string(), v.parseJson(), Fault), text);
  if (fault.success) return new RemoteError(fault.output.error.name, fault.output.error.message, { isRetryable });
  if (status === 403)
    return new RemoteError(
      'AccessDenied',
      'the operator function does not take this request of yours: attach OperatorPolicyArn to act, RevealPolicyArn to reveal',
      {},
    );
  return new RemoteError('OperatorFunctionError', `the operator function answered ${status}`, { isRetryable });
}

/** The cause has code, address and port, which say where nothing listens. */
function unreachable(error: unknown): RemoteError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, address, port } = cause as {
    readonly code?: string;
    readonly address?: string;
    readonly port?: number;
  };
  const failed = new RemoteError(
    'NetworkError',
    `can't reach the operator function${code === undefined ? '' : `: ${code}`}`,
    {
      isRetryable: true,
      cause,
    },
  );
  return Object.assign(failed, { code, address, port });
}
