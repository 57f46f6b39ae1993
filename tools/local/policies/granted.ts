import type { Deployed } from './deployed.ts';
import { list, type PolicyDocument, type Statement } from './statement.ts';

/** A statement of a resource's own policy, and the ARNs of those resources. */
export interface Granted {
  readonly on: readonly string[];
  readonly statement: Statement;
}

const MANAGED = 'AWS::IAM::ManagedPolicy';

export function statementsIn(document: PolicyDocument | string | undefined): readonly Statement[] {
  const parsed: PolicyDocument | undefined = typeof document === 'string' ? JSON.parse(document) : document;
  return list(parsed?.Statement);
}

/** The statements of a role, wherever the stacks attach them. @throws Error if something limits the role besides. */
export function statementsOfRole(role: Deployed, all: readonly Deployed[]): readonly Statement[] {
  const { ManagedPolicyArns = [], PermissionsBoundary } = role.properties;
  if (PermissionsBoundary) throw new Error(`the permissions boundary of ${role.name} is not known here`);
  const ofAws = list<string>(ManagedPolicyArns).flatMap((arn) => OF_AWS[arn.replace(/^.*:policy\//, '')] ?? []);
  const known = ofAws.length + attachedTo(role, all).filter(({ type }) => type === MANAGED).length;
  if (ManagedPolicyArns.length > known) throw new Error(`a managed policy of ${role.name} is not in the stacks`);
  return [...ownStatements(role, all), ...ofAws];
}

/** The statements of a role that are in the stacks. */
export function ownStatements(role: Deployed, all: readonly Deployed[]): readonly Statement[] {
  const inline: readonly { readonly PolicyDocument: PolicyDocument }[] = role.properties.Policies ?? [];
  return [...inline, ...attachedTo(role, all).map(({ properties }) => properties)].flatMap(({ PolicyDocument }) =>
    statementsIn(PolicyDocument),
  );
}

function attachedTo(role: Deployed, all: readonly Deployed[]): readonly Deployed[] {
  const { ManagedPolicyArns = [] } = role.properties;
  return all.filter(({ type, ref, arn, properties }) => {
    if (type !== 'AWS::IAM::Policy' && type !== MANAGED) return false;
    const isListed = ManagedPolicyArns.includes(ref) || ManagedPolicyArns.includes(arn);
    return list(properties.Roles).includes(role.ref) || isListed;
  });
}

const LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
const INTERFACES = ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'];

/** Policies that AWS manages, by their path. */
const OF_AWS: Readonly<Record<string, Statement>> = {
  'service-role/AWSLambdaBasicExecutionRole': { Effect: 'Allow', Action: LOGS, Resource: '*' },
  'service-role/AWSLambdaVPCAccessExecutionRole': { Effect: 'Allow', Action: [...LOGS, ...INTERFACES], Resource: '*' },
};

/** What the policies of resources grant. */
export function grantedByResources(all: readonly Deployed[]): readonly Granted[] {
  return all.flatMap((each) => {
    const documents = documentsOf(each, all);
    return documents.flatMap(({ on, document }) => statementsIn(document).map((statement) => ({ on, statement })));
  });
}

const GRANTING =
  /^AWS::(?:SQS|SNS|S3|Events|Lambda|KMS|IAM|DynamoDB)::(?:\w+Policy|EventBus|Permission|Key|Role|\w*Table)$/;

interface Attached {
  readonly on: readonly string[];
  readonly document: PolicyDocument | undefined;
}

function documentsOf(resource: Deployed, all: readonly Deployed[]): readonly Attached[] {
  const { type, arn } = resource;
  if (!GRANTING.test(type)) return [];
  const { properties } = resource;
  const arnsOf = (refs: unknown) => list(refs as string).map((ref) => arnOfRef(ref, all));
  switch (type) {
    case 'AWS::SQS::QueuePolicy':
      return [{ on: arnsOf(properties.Queues), document: properties.PolicyDocument }];
    case 'AWS::SNS::TopicPolicy':
      return [{ on: arnsOf(properties.Topics), document: properties.PolicyDocument }];
    case 'AWS::S3::BucketPolicy':
      return [{ on: arnsOf(properties.Bucket), document: properties.PolicyDocument }];
    case 'AWS::Events::EventBusPolicy':
      return [{ on: arnsOf(properties.EventBusName), document: busDocument(properties) }];
    case 'AWS::Events::EventBus':
      return [{ on: [arn], document: properties.Policy }];
    case 'AWS::Lambda::Permission':
      return [{ on: arnsOf(properties.FunctionName), document: permissionDocument(properties) }];
    case 'AWS::KMS::Key':
      return [{ on: [arn], document: properties.KeyPolicy }];
    case 'AWS::IAM::Role':
      return [{ on: [arn], document: onItself(properties.AssumeRolePolicyDocument) }];
    case 'AWS::DynamoDB::Table':
      return [{ on: [arn], document: properties.ResourcePolicy?.PolicyDocument }];
    case 'AWS::DynamoDB::GlobalTable':
      return [{ on: [arn], document: properties.Replicas?.[0]?.ResourcePolicy?.PolicyDocument }];
    default:
      return [];
  }
}

function arnOfRef(ref: string, all: readonly Deployed[]): string {
  const found = all.find((each) => each.ref === ref || each.arn === ref);
  if (!found) throw new Error(`no resource of the stacks is ${ref}`);
  return found.arn;
}

/** A policy of a bus has one statement, whole or in parts. */
function busDocument({ Statement: statement, Action, Principal }: Deployed['properties']): PolicyDocument {
  if (statement) return { Statement: { Resource: '*', ...statement } };
  return { Statement: { Action, Resource: '*', Principal: named(Principal) } };
}

function permissionDocument(properties: Deployed['properties']): PolicyDocument {
  const { Action, Principal, SourceArn, SourceAccount, FunctionUrlAuthType } = properties;
  const conditions = [
    ['ArnLike', 'aws:SourceArn', SourceArn],
    ['StringEquals', 'aws:SourceAccount', SourceAccount],
    ['StringEquals', 'lambda:FunctionUrlAuthType', FunctionUrlAuthType],
  ].filter(([, , value]) => value !== undefined);
  const Condition: Record<string, Record<string, string>> = {};
  for (const [operator, key, value] of conditions) Condition[operator] = { ...Condition[operator], [key]: value };
  return { Statement: { Action, Resource: '*', Principal: named(Principal), Condition } };
}

function named(principal: string): Statement['Principal'] {
  if (principal === '*') return '*';
  return principal.endsWith('.amazonaws.com') ? { Service: principal } : { AWS: principal };
}

/** A trust policy names no resource, because it is about its role. */
function onItself(document: PolicyDocument | undefined): PolicyDocument {
  return { Statement: statementsIn(document).map((each) => ({ ...each, Resource: '*' })) };
}
