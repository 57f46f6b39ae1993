import { type ApiRequest, request } from './policies/api-request.ts';

/** Parameters of `http:invoke`. The credential of its connection is not added. */
export interface HttpInvocation {
  readonly ApiEndpoint: string;
  readonly Method: string;
  readonly Headers?: Readonly<Record<string, string>>;
  readonly QueryParameters?: Readonly<Record<string, string>>;
  readonly RequestBody?: unknown;
}

/** What Step Functions checks before the request. */
export function httpRequestOf({ ApiEndpoint, Method }: HttpInvocation, machineArn: string): ApiRequest {
  const context = { 'states:HTTPEndpoint': ApiEndpoint, 'states:HTTPMethod': Method };
  return request('states:InvokeHTTPEndpoint', machineArn, context);
}

/** How a request ended: with the output of its task, or with the name and cause of its error. */
export type HttpEnding =
  | { readonly kind: 'output'; readonly output: object }
  | { readonly kind: 'error'; readonly name: string; readonly cause: string };

/** Makes the request of an HTTP task. */
export async function invokeHttp(invocation: HttpInvocation): Promise<HttpEnding> {
  const { ApiEndpoint, Method: method, Headers = {}, QueryParameters = {}, RequestBody } = invocation;
  const url = new URL(ApiEndpoint);
  for (const [name, value] of Object.entries(QueryParameters)) url.searchParams.set(name, value);
  const body = RequestBody === undefined ? null : JSON.stringify(RequestBody);
  try {
    const answer = await fetch(url, { method, body, headers: { 'content-type': 'application/json', ...Headers } });
    const { status: StatusCode, statusText: StatusText } = answer;
    const output = { StatusCode, StatusText, ResponseBody: bodyOf(await answer.text()) };
    if (answer.ok) return { kind: 'output', output };
    return { kind: 'error', name: `States.Http.StatusCode.${StatusCode}`, cause: JSON.stringify(output) };
  } catch (error) {
    return { kind: 'error', name: 'States.Http.Socket', cause: String(error) };
  }
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
