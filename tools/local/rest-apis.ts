import { Ajv } from 'ajv';
import type { Resource } from './assembly.ts';
import { underFault } from './faults.ts';
import type { UrlRequest } from './gateway.ts';
import { renderTemplate, type TemplateContext } from './mapping-template.ts';
import { type Answer, json, type ServiceName } from './protocol.ts';
import { refusal } from './refusal.ts';
import { callAs, type Site } from './site.ts';

interface MethodProperties {
  readonly RestApiId: string;
  readonly ResourceId: string;
  readonly HttpMethod: string;
  readonly AuthorizationType?: string;
  readonly ApiKeyRequired?: boolean;
  readonly RequestModels?: Templates;
  readonly RequestValidatorId?: string;
  readonly Integration?: Integration;
}

interface Integration {
  readonly Type: string;
  readonly Uri?: string;
  readonly Credentials?: string;
  readonly PassthroughBehavior?: string;
  readonly RequestParameters?: Readonly<Record<string, string>>;
  readonly RequestTemplates?: Templates;
  readonly IntegrationResponses?: readonly IntegrationResponse[];
}

interface IntegrationResponse {
  readonly StatusCode: string;
  readonly SelectionPattern?: string;
  readonly ResponseTemplates?: Templates;
}

/** By content type. */
type Templates = Readonly<Record<string, string>>;
type Method = Resource<MethodProperties>;

/**
 * REST APIs whose methods call a service of AWS by mapping templates, without a function. A key's value is its name.
 *
 * Source: API Gateway Developer Guide, "Integrations for REST APIs" and "Gateway response types".
 */
export function restApiAnswerer(site: Site): (request: UrlRequest) => Promise<Answer> {
  const { assembly } = site;
  const methods = assembly.all<MethodProperties>('AWS::ApiGateway::Method');
  for (const method of methods) checkMethod(method);
  return async (request) => {
    const [, stage = '', ...segments] = request.path.split('/');
    const resource = resourceAt(site, request.name, segments);
    const method = methods.find(
      ({ properties: { ResourceId, HttpMethod } }) => ResourceId === resource && HttpMethod === request.method,
    );
    if (method === undefined) return json(403, { message: 'Missing Authentication Token' });
    const { ApiKeyRequired, Integration: { RequestTemplates = {} } = {} } = method.properties;
    if (ApiKeyRequired && !isSender(site, request, stage)) return json(403, { message: 'Forbidden' });
    const body = parsed(request.body);
    if (!isValid(site, method, body)) return json(400, { message: 'Invalid request body' });
    const template = RequestTemplates[request.headers['content-type'] ?? JSON_TYPE];
    if (template === undefined) return json(415, { message: 'Unsupported Media Type' });
    return answerOf(method, await integrated(site, method, renderTemplate(template, body)));
  };
}

const JSON_TYPE = 'application/json';
/** The header by which services that speak AWS JSON know the operation. */
const TARGET = 'integration.request.header.X-Amz-Target';

function checkMethod(method: Method): void {
  const { AuthorizationType = 'NONE', Integration: { Type, PassthroughBehavior, RequestParameters } = {} } =
    method.properties;
  if (AuthorizationType !== 'NONE') throw refusal(method, 'AuthorizationType', 'the embedded cloud knows only keys');
  if (Type !== 'AWS' || PassthroughBehavior !== 'NEVER' || RequestParameters?.[TARGET] === undefined)
    throw refusal(method, 'Integration', 'the embedded cloud runs only templates for services that speak AWS JSON');
}

/** The id of the resource with a path. That of the root is the API's. */
function resourceAt({ assembly }: Site, api: string, segments: readonly string[]): string | undefined {
  const all = assembly.all<{ readonly ParentId: string; readonly PathPart: string }>('AWS::ApiGateway::Resource');
  return segments.reduce<string | undefined>(
    (parent, segment) =>
      all.find(({ properties: { ParentId, PathPart } }) => ParentId === parent && PathPart === segment)?.name,
    api,
  );
}

/** Whether the request has a key of a usage plan of the stage. */
function isSender({ assembly }: Site, { name, headers }: UrlRequest, stage: string): boolean {
  const plans = assembly.all<{ readonly ApiStages: readonly { readonly ApiId: string; readonly Stage: string }[] }>(
    'AWS::ApiGateway::UsagePlan',
  );
  const keys = assembly.all<{ readonly KeyId: string; readonly UsagePlanId: string }>('AWS::ApiGateway::UsagePlanKey');
  return keys.some(({ properties: { KeyId, UsagePlanId } }) => {
    const plan = plans.find((each) => each.name === UsagePlanId);
    const isOfStage = plan?.properties.ApiStages.some(({ ApiId, Stage }) => ApiId === name && Stage === stage);
    return isOfStage && headers['x-api-key'] === KeyId;
  });
}

function isValid({ assembly }: Site, { properties: { RequestModels, RequestValidatorId } }: Method, body: unknown) {
  if (RequestValidatorId === undefined) return true;
  const models = assembly.all<{ readonly Schema: { readonly $schema?: string } }>('AWS::ApiGateway::Model');
  const model = models.find(({ name }) => name === RequestModels?.[JSON_TYPE]);
  // The validator takes no schema of Draft 4. What models use of it means the same in later ones.
  const { $schema, ...schema } = model?.properties.Schema ?? {};
  return new Ajv({ strict: false }).compile(schema)(body) === true;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The service's answer to the request that the template has made. Undefined if there is none. */
async function integrated(site: Site, method: Method, body: string): Promise<Answer | undefined> {
  const { Uri = '', Credentials, RequestParameters = {} } = method.properties.Integration ?? {};
  const service = Uri.split(':')[4] as ServiceName;
  const operation = (RequestParameters[TARGET] ?? '').replace(/^'.*\.(.*)'$/, '$1');
  const fault = site.hooks.decide({ caller: method.id, service, operation, body, trigger: body, nth: 1 });
  const role = site.access.roleOf({ properties: { RoleArn: Credentials } });
  return underFault(fault, service, () => callAs(site, role, { service, operation, body }));
}

/** The response whose pattern matches the status of the service, else the one without a pattern. */
function answerOf(method: Method, answer: Answer | undefined): Answer {
  const responses = method.properties.Integration?.IntegrationResponses ?? [];
  const isMatching = ({ SelectionPattern: pattern }: IntegrationResponse) =>
    pattern !== undefined && new RegExp(`^(?:${pattern})$`).test(String(answer?.status));
  const response = responses.find(isMatching) ?? responses.find(({ SelectionPattern }) => !SelectionPattern);
  if (answer === undefined || response === undefined) return json(500, { message: 'Internal server error' });
  const context: TemplateContext = { responseOverride: {} };
  const template = response.ResponseTemplates?.[JSON_TYPE] ?? answer.body;
  const body = renderTemplate(template, parsed(answer.body), context);
  return { status: context.responseOverride.status ?? Number(response.StatusCode), contentType: JSON_TYPE, body };
}
