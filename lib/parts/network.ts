import { Annotations, Stack } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SecurityGroup, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { permissionsOf } from './complete-role.ts';
import { acknowledgeWildcard } from './permissions.ts';

/** Where the functions that call dependencies run. */
export interface Network {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection | undefined;
  readonly securityGroups: readonly ISecurityGroup[];
}

interface NetworkProps {
  readonly vpc?: IVpc | undefined;
  readonly subnets?: SubnetSelection | undefined;
  readonly securityGroups?: readonly ISecurityGroup[] | undefined;
}

/** Undefined without a VPC. Without security groups, all callers share a new one that lets every call out. */
export function networkOf(scope: Construct, { vpc, subnets, securityGroups }: NetworkProps): Network | undefined {
  if (!vpc) return undefined;
  const description = "Backstop's calls to dependencies";
  return {
    vpc,
    vpcSubnets: subnets,
    securityGroups: securityGroups ?? [new SecurityGroup(scope, 'Callers', { vpc, description })],
  };
}

/** What Lambda does with the role of a function in a VPC: it connects the function, and disconnects it again. */
const INTERFACES = [
  'AssignPrivateIpAddresses',
  'CreateNetworkInterface',
  'DeleteNetworkInterface',
  'DescribeNetworkInterfaces',
  'DescribeSubnets',
  'UnassignPrivateIpAddresses',
].map((action) => `ec2:${action}`);

/** Lets Lambda connect a function to its subnets. Code in the function can't use the permission. */
export function letLambdaConnect(role: Role): void {
  role.addToPolicy(new PolicyStatement({ actions: INTERFACES, resources: ['*'] }));
  role.addToPolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions: INTERFACES,
      resources: ['*'],
      // Lambda adds this key to requests of a function's code only.
      conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
    }),
  );
  acknowledgeWildcard(role, '*', 'The interfaces exist only once Lambda has created them.');
}

/**
 * Services that no code of a function calls: Lambda sends logs and traces and creates interfaces itself, and DynamoDB
 * and SQS use the key.
 */
const NOT_CALLED: ReadonlySet<string> = new Set(['ec2', 'kms', 'logs', 'xray']);

/** Services with an endpoint that costs nothing. */
const BY_GATEWAY: ReadonlySet<string> = new Set(['dynamodb', 's3']);

/** Warns if functions stand in subnets without a way out, and names the endpoints that they need. */
export function warnOfIsolation(scope: Construct, { vpc, vpcSubnets }: Network, callers: readonly Role[]): void {
  const isolated = new Set(vpc.isolatedSubnets.map(({ subnetId }) => subnetId));
  if (!vpc.selectSubnets(vpcSubnets).subnetIds.some((id) => isolated.has(id))) return;
  const endpoints = servicesOf(callers).map((service) => (BY_GATEWAY.has(service) ? `${service} (gateway)` : service));
  Annotations.of(scope).addWarningV2(
    'backstop:isolated',
    `functions run in isolated subnets: they reach AWS by VPC endpoints only, and need those of ${endpoints.join(', ')} (docs/network.md)`,
  );
}

/** Services that functions with these roles may call, sorted. */
export function servicesOf(callers: readonly Role[]): readonly string[] {
  const actions = callers.flatMap((role) =>
    permissionsOf(role).flatMap((permissions) => actionsOf(Stack.of(role).resolve(permissions))),
  );
  const services = new Set(actions.map((action) => action.slice(0, action.indexOf(':'))));
  return [...services].filter((service) => !NOT_CALLED.has(service)).toSorted();
}

function actionsOf(document: unknown): readonly string[] {
  const statements: unknown = isPlainObject(document) ? document.Statement : undefined;
  return Array.isArray(statements) ? statements.flatMap(({ Action }: { Action: string | string[] }) => Action) : [];
}
