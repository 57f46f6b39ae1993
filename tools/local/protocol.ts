/** AWS services of the embedded cloud, by their name in a request's credential scope. */
export type ServiceName =
  | 'dynamodb'
  | 'sqs'
  | 'states'
  | 'events'
  | 'secretsmanager'
  | 'sns'
  | 'lambda'
  | 'cloudformation'
  | 'monitoring'
  | 'ssm'
  | 's3'
  | 'sts';

/** A service's HTTP response. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Takes an operation and its request body, both in wire format. */
export type Service = (operation: string, body: string) => Promise<Answer>;

/** An error of an AWS service. `name` becomes the error code. */
export class AwsError extends Error {
  override readonly name: string;
  readonly status: number;

  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** Creates an embedded service that speaks AWS JSON. */
export function jsonService(operations: Readonly<Record<string, (input: never) => unknown>>): Service {
  return async (operation, body) => {
    try {
      const run = operations[operation];
      if (run === undefined)
        throw new AwsError('UnknownOperationException', `the embedded cloud does not support ${operation}`);
      return json(200, (await run(JSON.parse(body) as never)) ?? {});
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return json(error.status, { __type: error.name, message: error.message });
    }
  };
}

/**
 * Calls a service that speaks AWS JSON within the process.
 * @throws AwsError if the service returns an error.
 */
export async function send<Output>(service: Service, operation: string, input: object): Promise<Output> {
  const answer = await service(operation, JSON.stringify(input));
  const output = JSON.parse(answer.body);
  if (answer.status < 400) return output as Output;
  throw new AwsError(String(output.__type).replace(/^.*#/, ''), output.message ?? '', answer.status);
}

/** The service's own server error. The SDK retries the call. */
export function internalError(service: ServiceName): Answer {
  const message = 'injected fault';
  if (service === 'sns' || service === 'cloudformation' || service === 'sts')
    return xmlError(500, 'InternalError', message);
  if (service === 's3') return objectError({ name: 'InternalError', message, status: 500 });
  return json(500, { __type: INTERNAL_ERRORS[service], message });
}

const INTERNAL_ERRORS = {
  dynamodb: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
  sqs: 'InternalFailure',
  states: 'InternalFailure',
  events: 'InternalException',
  secretsmanager: 'InternalServiceError',
  lambda: 'ServiceException',
  monitoring: 'InternalServiceFault',
  ssm: 'InternalServerError',
} as const;

/**
 * Makes a call that is allowed.
 * @param check throws an AwsError if it is not, which becomes the service's answer
 */
export async function judged(
  service: Service,
  {
    service: name,
    operation,
    body,
  }: { readonly service: ServiceName; readonly operation: string; readonly body: string },
  check: () => void,
): Promise<Answer> {
  try {
    check();
  } catch (error) {
    return errorAnswer(name, error);
  }
  return service(operation, body);
}

/** The answer of a service that stands for an error. @throws the error, if it is not of a service */
function errorAnswer(service: ServiceName, error: unknown): Answer {
  if (!(error instanceof AwsError)) throw error;
  const { name, message, status } = error;
  if (service === 's3') return objectError(error);
  if (service === 'sns' || service === 'cloudformation' || service === 'sts') return xmlError(status, name, message);
  return { ...json(status, { __type: name, message }), headers: { 'x-amzn-errortype': name } };
}

/** An error of a service with the query protocol. */
export function xmlError(status: number, code: string, message: string): Answer {
  const type = status < 500 ? 'Sender' : 'Receiver';
  const body = `<ErrorResponse><Error><Type>${type}</Type><Code>${code}</Code><Message>${xmlText(message)}</Message></Error></ErrorResponse>`;
  return { status, contentType: 'text/xml', body };
}

/** An error as S3 words it. */
export function objectError({ name, message, status }: Pick<AwsError, 'name' | 'message' | 'status'>): Answer {
  const body = `<Error><Code>${name}</Code><Message>${xmlText(message)}</Message></Error>`;
  return { status, contentType: 'application/xml', body };
}

export function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export function json(status: number, output: unknown): Answer {
  return { status, contentType: 'application/x-amz-json-1.1', body: JSON.stringify(output) };
}
