import { answerAs, eventOf } from './function-urls.ts';
import type { Functions } from './functions.ts';
import type { UrlRequest } from './gateway.ts';
import { request as needed } from './policies/api-request.ts';
import { type Answer, json } from './protocol.ts';
import { ACCOUNT, REGION } from './resource-kinds.ts';
import type { Site } from './site.ts';

interface RouteProperties {
  readonly ApiId: string;
  readonly RouteKey: string;
  readonly AuthorizationType?: string;
  readonly Target: string;
}

interface IntegrationProperties {
  readonly IntegrationUri: string;
}

/**
 * HTTP APIs, payload format 2.0, with one function behind each route. An `AWS_IAM` route needs a signature, and tells
 * the function whose it is. Nobody checks the signature: each access key belongs to a user of that name, and the key
 * `local` to `demo`.
 */
export function httpApiAnswerer({ assembly, access }: Site, functions: Functions) {
  const routes = assembly.all<RouteProperties>('AWS::ApiGatewayV2::Route');
  const integrations = assembly.all<IntegrationProperties>('AWS::ApiGatewayV2::Integration');
  return async (request: UrlRequest): Promise<Answer> => {
    const { name, method, path, headers } = request;
    const route = routes.find(
      ({ properties: { ApiId, RouteKey } }) => ApiId === name && RouteKey === `${method} ${path}`,
    );
    if (route === undefined) return json(404, { message: 'Not Found' });
    const { AuthorizationType, Target } = route.properties;
    const [, accessKey] = CREDENTIAL.exec(headers.authorization ?? '') ?? [];
    if (AuthorizationType === 'AWS_IAM' && accessKey === undefined) return json(403, { message: 'Forbidden' });
    const resource = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${name}/$default/${method}${path}`;
    const user = accessKey === undefined ? undefined : access.user(accessKey);
    if (user && access.firstDenied(user, [needed('execute-api:Invoke', resource)]))
      return json(403, { message: 'Forbidden' });
    const authorizer = accessKey === undefined ? undefined : { iam: identityOf(accessKey) };
    const integration = integrations.find((each) => `integrations/${each.name}` === Target);
    if (integration === undefined) return json(500, { message: 'Internal Server Error' });
    const event = eventOf(request, { routeKey: route.properties.RouteKey, authorizer });
    return answerAs(await functions.invoke(integration.properties.IntegrationUri, JSON.stringify(event)));
  };
}

const CREDENTIAL = /Credential=([^/]+)\//;

function identityOf(accessKey: string) {
  const user = accessKey === 'local' ? 'demo' : accessKey;
  return {
    accessKey,
    accountId: ACCOUNT,
    callerId: user,
    userId: user,
    userArn: `arn:aws:iam::${ACCOUNT}:user/${user}`,
  };
}
