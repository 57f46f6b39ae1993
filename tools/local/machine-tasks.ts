import { setTimeout as sleep } from 'node:timers/promises';
import { type CloudCall, underFault } from './faults.ts';
import type { Functions } from './functions.ts';
import { type HttpInvocation, httpRequestOf, invokeHttp } from './http-task.ts';
import { LONGEST_TIMER_MS, type State, WAIT } from './machine-definition.ts';
import type { Principal } from './policies/statement.ts';
import { type Answer, AwsError, type ServiceName, send } from './protocol.ts';
import { callAs, type Site } from './site.ts';

/** A task's error for the engine, which matches it by name. */
export class TaskError extends Error {
  override readonly name: string;

  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** Ends an execution despite its retriers and catchers. The engine requires these two fields. */
export class ExecutionOver extends Error {
  readonly isRetryable = false;
  readonly isCatchable = false;
}

/** The execution of a task. */
export interface TaskScope {
  readonly machineId: string;
  /** What the machine may do now: a deployment changes that for running executions. Undefined if it is not judged. */
  readonly role: () => Principal | undefined;
  /** JSON text. */
  readonly input: string;
  /** Number of calls so far. */
  calls: number;
  readonly over: AbortSignal;
}

/** Runs the tasks of machines. */
export class Tasks {
  readonly #site: Site;
  readonly #functions: Functions;
  readonly #tokens = new Map<string, { resolve(output: unknown): void; reject(error: Error): void }>();

  constructor(site: Site, functions: Functions) {
    this.#site = site;
    this.#functions = functions;
  }

  /** @throws Error if the state is a task that can't run locally. */
  check(name: string, { Type, Resource = '' }: State): void {
    if (Type === 'Task' && !(integrationOf(Resource) in INTEGRATIONS) && !Resource.includes(':function:'))
      throw new Error(`the embedded cloud can't run the task "${name}": ${Resource}`);
  }

  /** What a machine may do. Undefined if it is not judged. */
  roleOf({ roleArn }: { readonly roleArn: unknown }): Principal | undefined {
    return this.#site.access.roleOf({ properties: { RoleArn: roleArn } });
  }

  async run({ Resource = '' }: State, input: never, token: string, scope: TaskScope): Promise<never> {
    if (scope.over.aborted) throw new ExecutionOver();
    if (Resource === WAIT) return this.#wait(input, scope.over) as never;
    if (!Resource.startsWith('arn:aws:states:')) return (await this.#invoke(Resource, input, scope)) as never;
    const integration = INTEGRATIONS[integrationOf(Resource)] as Integration;
    const callback = Resource.endsWith('.waitForTaskToken') ? this.#callback(token, scope.over) : undefined;
    const output = await integration(input, this.#caller(scope));
    return (await (callback ?? output)) as never;
  }

  /** @throws AwsError if no task waits for the token. */
  settle(token: string, outcome: { readonly output: unknown } | { readonly error: Error }): void {
    const waiting = this.#tokens.get(token);
    if (waiting === undefined) throw new AwsError('TaskDoesNotExist', 'no task waits for this token');
    this.#tokens.delete(token);
    if ('error' in outcome) waiting.reject(outcome.error);
    else waiting.resolve(outcome.output);
  }

  /** @throws AwsError if no task waits for the token. */
  checkToken(token: string): void {
    if (!this.#tokens.has(token)) throw new AwsError('TaskDoesNotExist', 'no task waits for this token');
  }

  #callback(token: string, over: AbortSignal): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#tokens.set(token, { resolve, reject });
    over.addEventListener('abort', () => {
      this.#tokens.delete(token);
      reject(new ExecutionOver());
    });
    // The task may fail before anything awaits this promise.
    promise.catch(() => {});
    return promise;
  }

  async #wait(input: { readonly seconds?: number; readonly timestamp?: string }, over: AbortSignal): Promise<unknown> {
    const { seconds = 0, timestamp } = input;
    const ms = timestamp === undefined ? seconds * 1000 : Date.parse(timestamp) - Date.now();
    if (Number.isNaN(ms))
      throw Object.assign(new ExecutionOver(`not a timestamp: ${timestamp}`), { name: 'States.Runtime' });
    await sleep(Math.min(Math.max(0, ms), LONGEST_TIMER_MS), undefined, { signal: over }).catch(() =>
      Promise.reject(new ExecutionOver()),
    );
    return input;
  }

  async #invoke(functionArn: string, input: unknown, { role }: TaskScope): Promise<unknown> {
    this.#mayInvoke(functionArn, role());
    const result = await this.#functions.invoke(functionArn, JSON.stringify(input));
    if (!result.ok) throw new TaskError(result.error.errorType, JSON.stringify(result.error));
    return JSON.parse(result.payload);
  }

  /** @throws TaskError as Step Functions reports a denial */
  #mayInvoke(FunctionName: string, role: Principal | undefined): void {
    try {
      this.#site.access.check(role, { service: 'lambda', operation: 'Invoke', body: JSON.stringify({ FunctionName }) });
    } catch (error) {
      throw new TaskError('Lambda.AWSLambdaException', error instanceof Error ? error.message : String(error));
    }
  }

  /** @throws TaskError if the API answers no success, or the machine may not call it */
  async #invokeHttp(invocation: HttpInvocation, { role, machineId }: TaskScope): Promise<unknown> {
    const { assembly, access } = this.#site;
    const machine = assembly.all('AWS::StepFunctions::StateMachine').find(({ id }) => id === machineId);
    const asked = httpRequestOf(invocation, machine?.arn ?? '*');
    const by = role();
    if (by && access.firstDenied(by, [asked])) throw new TaskError('States.Http.AccessDenied', asked.action);
    const ending = await invokeHttp(invocation);
    if (ending.kind === 'error') throw new TaskError(ending.name, ending.cause);
    return ending.output;
  }

  #caller(scope: TaskScope): Caller {
    const { hooks } = this.#site;
    return {
      invokeHttp: (invocation) => this.#invokeHttp(invocation, scope),
      invoke: (functionArn, input) => this.#invoke(functionArn, input, scope),
      call: async (serviceName, operation, body) => {
        const { machineId: caller, input: trigger } = scope;
        const forward = () => callAs(this.#site, scope.role(), { service: serviceName, operation, body });
        const call: CloudCall = { caller, service: serviceName, operation, body, trigger, nth: ++scope.calls };
        return (await underFault(hooks.decide(call), serviceName, forward)) as Answer;
      },
    };
  }
}

/** The context of an integration. */
interface Caller {
  invoke(functionArn: string, input: unknown): Promise<unknown>;
  invokeHttp(invocation: HttpInvocation): Promise<unknown>;
  call(service: ServiceName, operation: string, body: string): Promise<Answer>;
}

interface PublishInput {
  readonly TopicArn: string;
  readonly Message: unknown;
  readonly Subject?: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly DataType: string; readonly StringValue?: string }>>;
}

/** Converts message attributes to SNS's query protocol, which numbers them. */
function numbered(attributes: NonNullable<PublishInput['MessageAttributes']>): Record<string, string> {
  const all = Object.entries(attributes).flatMap(([name, { DataType, StringValue = '' }], index) => {
    const entry = `MessageAttributes.entry.${index + 1}`;
    return [
      [`${entry}.Name`, name],
      [`${entry}.Value.DataType`, DataType],
      [`${entry}.Value.StringValue`, StringValue],
    ];
  });
  return Object.fromEntries(all);
}

type Integration = (input: never, caller: Caller) => Promise<unknown>;

/** Service integrations, by their part of the resource ARN. */
const INTEGRATIONS: Readonly<Record<string, Integration>> = {
  'lambda:invoke': async ({ FunctionName, Payload = {} }: { FunctionName: string; Payload?: unknown }, { invoke }) => {
    return { ExecutedVersion: '$LATEST', Payload: await invoke(FunctionName, Payload), StatusCode: 200 };
  },
  'http:invoke': (invocation: HttpInvocation, { invokeHttp: invoke }) => invoke(invocation),
  'sqs:sendMessage': ({ MessageBody, ...others }: { MessageBody: unknown }, caller) =>
    jsonCall(caller, 'sqs', 'SendMessage', { ...others, MessageBody: textOf(MessageBody) }),
  'sns:publish': async ({ TopicArn, Message, Subject, MessageAttributes = {} }: PublishInput, { call }) => {
    const attributes = numbered(MessageAttributes);
    const parameters = new URLSearchParams({ Action: 'Publish', TopicArn, Message: textOf(Message), ...attributes });
    if (Subject !== undefined) parameters.set('Subject', Subject);
    const { status, body } = await call('sns', 'Publish', parameters.toString());
    if (status >= 400) throw new TaskError('SNS.AmazonSNSException', body);
    return { MessageId: /<MessageId>([^<]+)/.exec(body)?.[1] };
  },
  'events:putEvents': async ({ Entries }: { Entries: readonly { Detail: unknown }[] }, caller) => {
    const entries = Entries.map((entry) => ({ ...entry, Detail: textOf(entry.Detail) }));
    const output = await jsonCall(caller, 'events', 'PutEvents', { Entries: entries });
    if (output.FailedEntryCount !== 0) throw new TaskError('EventBridge.FailedEntry', JSON.stringify(output));
    return output;
  },
};

const ERROR_PREFIXES = { sqs: 'SQS', events: 'EventBridge' } as const;

async function jsonCall(
  { call }: Caller,
  service: keyof typeof ERROR_PREFIXES,
  operation: string,
  input: object,
): Promise<Record<string, unknown>> {
  try {
    return await send((_, body) => call(service, operation, body), operation, input);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new TaskError(`${ERROR_PREFIXES[service]}.${error.name}`, error.message);
  }
}

/** Extracts `sqs:sendMessage` from `arn:aws:states:::sqs:sendMessage.waitForTaskToken`. */
function integrationOf(resource: string): string {
  return resource.replace(/^arn:aws:states:::/, '').replace(/\.waitForTaskToken$/, '');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
