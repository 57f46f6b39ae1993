import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Assembly, Resource } from './assembly.ts';
import { type Fault, type Hooks, underFault } from './faults.ts';
import type { Serve, ServedRequest } from './in-process-request.ts';
import { reaches } from './network.ts';
import { objectCallOf } from './objects.ts';
import type { Access } from './policies/access.ts';
import type { Principal } from './policies/statement.ts';
import { type Answer, AwsError, json, judged, objectError, type Service, type ServiceName } from './protocol.ts';
import { isAssumed, ownKey, stsService } from './sts.ts';

/** An instance of a function, as the gateway sees it. */
export interface Caller {
  readonly functionId: string;
  /** What it may do. Undefined if it is not judged. */
  readonly role: Principal | undefined;
  /** JSON text of the event that it processes. */
  readonly trigger: string;
  /** Faults of the current invocation's logical calls, by the SDK's invocation id. */
  readonly calls: Map<string, Fault | undefined>;
  /** False after a crash. */
  readonly isAlive: boolean;
  /** Crashes the instance. A running invocation fails. */
  kill(): void;
}

export interface GatewayOptions {
  readonly services: Readonly<Partial<Record<ServiceName, Service>>>;
  /** Callers by access key. Calls of any other client never meet a fault. */
  readonly callers: ReadonlyMap<string, Caller>;
  readonly hooks: Hooks;
  /** Judges the calls of callers and users, once the resources exist. Calls of any other client are never denied. */
  readonly judge?: { access?: Access; assembly?: Assembly };
  /** Answers requests to the addresses of functions and APIs, once the functions exist. */
  readonly addresses: Partial<Record<AddressKind, (request: UrlRequest) => Promise<Answer>>>;
}

type AddressKind = 'function-urls' | 'http-apis' | 'rest-apis';

/** A request to a function URL, an HTTP API or a REST API. */
export interface UrlRequest {
  /** Physical name of the URL or the API. */
  readonly name: string;
  readonly method: string;
  /** Begins with a slash. */
  readonly path: string;
  readonly query: string;
  readonly headers: ServedRequest['headers'];
  readonly body: string;
}

export interface Gateway {
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  readonly endpoint: string;
  /** Answers a request of this process without a connection. */
  readonly serve: Serve;
  stop(): Promise<void>;
}

/** Starts the only HTTP endpoint, which serves all AWS clients. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const serve: Serve = (request) => answer(options, request).catch(failed);
  // If the server closed an idle connection while a client sends on it, the call would look failed.
  const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
    const { url = '', method = '', headers } = request;
    const read = text(request).then((body) =>
      serve({ url, method, headers: headers as ServedRequest['headers'], body }),
    );
    reply(response, await read.catch(failed));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    serve,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function failed(error: unknown): Answer {
  return json(500, { __type: 'InternalFailure', message: String(error) });
}

/** @returns undefined if nobody waits for the answer */
async function answer(options: GatewayOptions, request: ServedRequest): Promise<Answer | undefined> {
  const { url, method, headers, body } = request;
  const [, kind, name = '', path = '/', query = ''] = ADDRESS.exec(url) ?? [];
  const answerAt = options.addresses[kind as AddressKind];
  if (answerAt !== undefined) return answerAt({ name, method, path, query, headers, body });
  const [, accessKey = '', scope = ''] = CREDENTIAL.exec(headers.authorization ?? '') ?? [];
  const service = scope === 'sts' ? stsService(accessKey) : options.services[scope as ServiceName];
  if (service === undefined) {
    const error = new AwsError(
      'UnknownOperationException',
      `the embedded cloud does not support the service "${scope}"`,
    );
    return json(error.status, { __type: error.name, message: error.message });
  }
  const [operation, input] = callOf(scope, request);
  const caller = options.callers.get(ownKey(accessKey));
  if (caller?.isAlive === false) return undefined;
  const serviceName = scope as ServiceName;
  // A packet without a way gets no answer.
  if (caller && !hasWay(caller, scope, options.judge?.assembly)) return new Promise(() => {});
  const access = options.judge?.access;
  // What the role of another account may do is that account's business.
  const by = isAssumed(accessKey) ? undefined : (caller?.role ?? access?.user(accessKey));
  const asked = { service: serviceName, operation, body: input };
  const forward = async () => {
    const answered = await judged(service, asked, () => access?.check(by, asked));
    if (scope !== 's3' || answered.status !== NOT_FOUND || access?.hearsOfMissing(by, input) !== false) return answered;
    return objectError({ name: 'AccessDenied', message: 'Access Denied', status: 403 });
  };
  const call = { service: serviceName, operation, body };
  const fault = caller && faultOf(options.hooks, caller, String(headers['amz-sdk-invocation-id']), call);
  return underFault(fault, call.service, forward, () => caller?.kill());
}

/** Whether the network of a function leads to a service. */
function hasWay({ functionId }: Caller, service: string, assembly: Assembly | undefined): boolean {
  const fn = assembly?.all<Resource['properties']>('AWS::Lambda::Function').find(({ id }) => id === functionId);
  return !fn || !assembly || reaches(fn, service, assembly);
}

/** The operation of a request, and its input. */
function callOf(scope: string, request: ServedRequest): readonly [operation: string, input: string] {
  if (scope === 'lambda') return invocationOf(request);
  return scope === 's3' ? objectCallOf(request) : [operationOf(request), request.body];
}

/** Lambda's API is REST. Moves path parameters into the input, where the other services have them. */
function invocationOf({
  url,
  method,
  headers,
  body: Payload,
}: ServedRequest): readonly [operation: string, input: string] {
  const [, kind, name = ''] = /^\/2015-03-31\/(functions|event-source-mappings)\/([^/?]+)/.exec(url) ?? [];
  if (kind === 'functions' && url.includes('/invocations')) {
    const InvocationType = headers['x-amz-invocation-type'];
    return ['Invoke', JSON.stringify({ FunctionName: decodeURIComponent(name), InvocationType, Payload })];
  }
  if (kind !== 'event-source-mappings') return [url, Payload];
  const UUID = decodeURIComponent(name);
  if (method === 'PUT') return ['UpdateEventSourceMapping', JSON.stringify({ ...JSON.parse(Payload), UUID })];
  return ['GetEventSourceMapping', JSON.stringify({ UUID })];
}

const NOT_FOUND = 404;
const ADDRESS = /^\/(function-urls|(?:http|rest)-apis)\/([^/?]+)(\/[^?]*)?(?:\?(.*))?$/;
const CREDENTIAL = /Credential=([^/]+)\/[^/]+\/[^/]+\/([^/]+)\/aws4_request/;

function operationOf({ headers, body }: ServedRequest): string {
  const target = headers['x-amz-target'];
  return target?.replace(/^.*\./, '') ?? new URLSearchParams(body).get('Action') ?? '';
}

/** An SDK retry meets the same fault as the first try. */
function faultOf(
  hooks: Hooks,
  caller: Caller,
  sdkInvocation: string,
  call: { readonly service: ServiceName; readonly operation: string; readonly body: string },
): Fault | undefined {
  const { functionId, trigger, calls } = caller;
  if (!calls.has(sdkInvocation)) {
    const fault = hooks.decide({ caller: functionId, trigger, nth: calls.size + 1, ...call });
    calls.set(sdkInvocation, fault);
  }
  return calls.get(sdkInvocation);
}

/** @param answer undefined closes the connection */
function reply(response: ServerResponse, answer: Answer | undefined): void {
  if (answer === undefined) return void response.destroy();
  const { status, contentType, body, headers } = answer;
  // The server of Node keeps its own `Date` for a real second, in which hours of a virtual clock may pass.
  const date = new Date().toUTCString();
  response.writeHead(status, {
    ...headers,
    date,
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
