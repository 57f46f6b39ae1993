import { Arn, ArnFormat, Stack, Token } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { AssumeRoleSettings, AwsSettings, DependencySettings } from '../../lambdas/contract/settings.ts';
import type { BackstopFunction } from './backstop-function.ts';
import { letReadLane } from './lane-parameters.ts';
import { allow, allowSend, allowWildcard, type SealedQueue, secretArn, statement } from './permissions.ts';

/**
 * Lets a worker call its dependency only. An ARN or address that exists only after the deployment goes into its
 * environment, because no bundled file can contain it.
 */
export function allowCall(worker: BackstopFunction, settings: DependencySettings): void {
  allowEach(worker, [settings]);
  const target = lateTarget(settings);
  if (target !== undefined)
    worker.addEnvironment('TARGETS', Stack.of(worker).toJsonString({ [settings.name]: target }));
}

/**
 * Lets a function of all lanes call these dependencies only. It reads late ARNs and addresses from the lanes'
 * parameters.
 */
export function allowCalls(caller: BackstopFunction, called: readonly DependencySettings[]): void {
  allowEach(caller, called);
  if (called.some((settings) => lateTarget(settings) !== undefined)) letReadLane(caller);
}

function allowEach(caller: BackstopFunction, called: readonly DependencySettings[]): void {
  for (const settings of called) {
    if (settings.kind === 'http') {
      const { auth } = settings;
      if (auth) allow(caller, ['secretsmanager:GetSecretValue'], secretArn(caller, auth.secretName));
      continue;
    }
    if (settings.assumeRole) allowAssuming(caller, settings.assumeRole);
    else allowTarget(caller, settings, settings.targetArn ?? '');
  }
}

/** The role of the other account has the permissions there. Backstop needs none but this. */
function allowAssuming(caller: BackstopFunction, { roleArn, externalId }: AssumeRoleSettings): void {
  const allowed = statement(['sts:AssumeRole'], roleArn);
  if (externalId !== undefined) allowed.addCondition('StringEquals', { 'sts:ExternalId': externalId });
  caller.addToRolePolicy(allowed);
}

/** The ARN or the address of a dependency, if it exists only after the deployment. */
export function lateTarget(settings: DependencySettings): string | undefined {
  const target = settings.kind === 'http' ? settings.baseUrl : settings.targetArn;
  return Token.isUnresolved(target) ? target : undefined;
}

function allowTarget(caller: BackstopFunction, { name, kind, keyArn, repeatable }: AwsSettings, arn: string): void {
  switch (kind) {
    case 'lambda':
      allow(caller, ['lambda:InvokeFunction'], arn);
      break;
    case 'queue':
      allowSend(caller, queueOf(caller, `${name} key`, arn, keyArn));
      break;
    case 'state-machine': {
      const reason = 'Which executions of the machine fail is known only when they do.';
      const actions = ['states:DescribeExecution', 'states:RedriveExecution'];
      allowWildcard(caller.serviceRole, actions, executionsOf(caller, arn), reason);
      if (repeatable) allow(caller, ['states:StartExecution'], arn);
      break;
    }
    default:
      kind satisfies never;
  }
}

/** A queue outside of Backstop, with its key. */
export function queueOf(
  scope: BackstopFunction,
  id: string,
  queueArn: string,
  keyArn: string | undefined,
): SealedQueue {
  return { queueArn, encryptionMasterKey: keyArn === undefined ? undefined : Key.fromKeyArn(scope, id, keyArn) };
}

function executionsOf(scope: BackstopFunction, machineArn: string): string {
  const { partition, region, account, resourceName } = Arn.split(machineArn, ArnFormat.COLON_RESOURCE_NAME);
  return Stack.of(scope).formatArn({
    partition,
    region,
    account,
    service: 'states',
    resource: 'execution',
    resourceName: `${resourceName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
