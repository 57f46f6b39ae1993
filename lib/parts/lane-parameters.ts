import { createHash } from 'node:crypto';
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { CfnParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct, IConstruct } from 'constructs';
import { type LaneFacts, laneParameter } from '../../lambdas/contract/lane-facts.ts';
import type { BackstopFunction } from './backstop-function.ts';
import { acknowledgeWildcard, allow } from './permissions.ts';
import { serviceName } from './service-name.ts';

/** What Systems Manager takes as a name. Fifteen levels are allowed, of which the pipeline's path takes up to ten. */
const PLAIN_PATH = /^[\w.-]+(?:\/[\w.-]+){0,9}$/;
/** A parameter's ARN may have 1,011 characters. Partition, region, account and the lane's name take the others. */
const MAX_PATH_LENGTH = 800;

/** The path of the SSM parameters of a pipeline's lanes. No other pipeline of the account and region has it. */
export function lanesPath(scope: IConstruct): string {
  const service = serviceName(scope);
  const isPlain = PLAIN_PATH.test(service) && service.length <= MAX_PATH_LENGTH;
  return `/backstop/${isPlain ? service : createHash('sha256').update(service).digest('hex')}`;
}

/** Stores the facts of a lane where functions and the operator's tool find them. */
export function storeLaneFacts(scope: Construct, id: string, facts: LaneFacts): void {
  new CfnParameter(scope, id, {
    name: laneParameter(lanesPath(scope), facts.name),
    type: 'String',
    // Long lists of accepted paths need up to 8 KB. Only such a parameter costs anything.
    tier: 'Intelligent-Tiering',
    description: `Backstop: the lane of ${facts.name}`,
    value: Stack.of(scope).toJsonString(facts),
  });
}

/** Lets a function read the facts of each lane by its name, and tells it where they are. */
export function letReadLane(fn: BackstopFunction): void {
  fn.addEnvironment('LANES_PATH', lanesPath(fn));
  const lanes = arnOf(fn, `${lanesPath(fn)}/*`);
  allow(fn, ['ssm:GetParameter'], lanes);
  acknowledgeWildcard(fn.serviceRole, lanes, ONE_EACH);
}

/** Lets a function list the facts of all lanes, and tells it where they are. */
export function letListLanes(fn: BackstopFunction): void {
  fn.addEnvironment('LANES_PATH', lanesPath(fn));
  for (const resource of lanesArns(fn)) allow(fn, ['ssm:GetParametersByPath'], resource);
  acknowledgeWildcard(fn.serviceRole, arnOf(fn, `${lanesPath(fn)}/*`), ONE_EACH);
}

/** The path of the lanes' parameters, and all below it. */
export function lanesArns(scope: IConstruct): readonly string[] {
  return [lanesPath(scope), `${lanesPath(scope)}/*`].map((name) => arnOf(scope, name));
}

export const ONE_EACH = 'Each lane has a parameter below the path of its pipeline.';

function arnOf(scope: IConstruct, name: string): string {
  const resourceName = name.slice(1);
  return Stack.of(scope).formatArn({
    service: 'ssm',
    resource: 'parameter',
    resourceName,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}
