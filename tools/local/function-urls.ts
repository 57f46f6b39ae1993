import type { InvocationResult } from './function-instance.ts';
import type { Functions } from './functions.ts';
import type { UrlRequest } from './gateway.ts';
import { type Answer, json } from './protocol.ts';
import { ACCOUNT, REGION } from './resource-kinds.ts';
import type { Site } from './site.ts';

interface UrlProperties {
  readonly TargetFunctionArn: string;
}

interface UrlResponse {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Function URLs, payload format 2.0. Checks no signature, so every caller has access. */
export function functionUrlAnswerer({ assembly }: Site, functions: Functions) {
  const urls = assembly.all<UrlProperties>('AWS::Lambda::Url');
  return async (request: UrlRequest): Promise<Answer> => {
    const url = urls.find((each) => each.name === request.name);
    if (url === undefined) return json(404, { Message: `there is no function URL ${request.name}` });
    const event = eventOf(request, { routeKey: '$default' });
    return answerAs(await functions.invoke(url.properties.TargetFunctionArn, JSON.stringify(event)));
  };
}

/** The event of a request, payload format 2.0. */
export function eventOf(
  { method, path, query, headers, body }: UrlRequest,
  { routeKey, authorizer }: { readonly routeKey: string; readonly authorizer?: object | undefined },
) {
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: headers['user-agent'] ?? '' };
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    headers,
    requestContext: { accountId: ACCOUNT, domainName: `local.lambda-url.${REGION}.on.aws`, http, authorizer },
    body: body === '' ? undefined : body,
    isBase64Encoded: body === '' ? undefined : false,
  };
}

/** The response that a function's result stands for. */
export function answerAs(result: InvocationResult): Answer {
  if (!result.ok) return json(502, { Message: 'Internal Server Error' });
  const response: UrlResponse = JSON.parse(result.payload);
  const { 'content-type': contentType = 'application/json', ...others } = response.headers ?? {};
  return { status: response.statusCode ?? 200, contentType, body: response.body ?? '', headers: others };
}
