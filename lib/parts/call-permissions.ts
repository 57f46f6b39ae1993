import { Arn, ArnFormat, Stack, Token } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { AwsSettings, DependencySettings } from '../../lambdas/contract/settings.ts';
import type { BackstopFunction } from './backstop-function.ts';
import { allow, allowSend, allowWildcard, type SealedQueue, secretArn } from './permissions.ts';

/**
 * Lets a function call these dependencies only. Passes the ARNs that exist only after the deployment in the
 * environment, because no bundled file can contain them.
 */
export function allowCalls(caller: BackstopFunction, called: readonly DependencySettings[]): void {
  const targets: Record<string, string> = {};
  for (const settings of called) {
    if (settings.kind === 'http') {
      const { auth } = settings;
      if (auth) allow(caller, ['secretsmanager:GetSecretValue'], secretArn(caller, auth.secretName));
      continue;
    }
    const { name, targetArn = '' } = settings;
    if (Token.isUnresolved(targetArn)) targets[name] = targetArn;
    allowTarget(caller, settings, targetArn);
  }
  if (Object.keys(targets).length > 0) caller.addEnvironment('TARGETS', Stack.of(caller).toJsonString(targets));
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
