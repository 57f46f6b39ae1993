import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { AccountPrincipal, AnyPrincipal, type IPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { EXECUTION_CHANGED, INVOCATION_FAILED } from '../../lambdas/contract/aws-events.ts';
import { EVENT_SOURCE, OPERATION_FAILED, OPERATOR_SOURCE } from '../../lambdas/contract/events.ts';
import type { AwsSettings, DependencySettings } from '../../lambdas/contract/settings.ts';
import { accountOf } from '../config/account-of.ts';
import type { ProducersConfig } from '../config/producers-config.ts';
import { ConfigError } from '../config/validate-config.ts';
import { shown } from '../config/values.ts';

/** The account of a dependency that stands in another account than the construct. Undefined for one that doesn't. */
export function otherAccount(scope: IConstruct, { assumeRole, targetArn }: AwsSettings): string | undefined {
  const own = Stack.of(scope).account;
  const account = accountOf(assumeRole?.roleArn ?? targetArn);
  if (account === own) return undefined;
  // If only the deployment knows the own account, the role tells.
  return Token.isUnresolved(own) && !assumeRole ? undefined : account;
}

/** @throws ConfigError for a state machine of another account without a role: Step Functions knows no other way */
export function requireRole(scope: IConstruct, settings: DependencySettings): void {
  if (settings.kind !== 'state-machine' || settings.assumeRole) return;
  const account = otherAccount(scope, settings);
  if (account === undefined) return;
  throw new ConfigError([
    `dependency ${shown(settings.name)}: assumeRole must name a role of account ${account}, where stateMachineArn is, got undefined`,
  ]);
}

/**
 * Lets producers of other accounts put reports on the bus, and the failure events of AWS that some dependency takes
 * from there. They can speak neither for Backstop nor for its operators.
 */
export function admitProducers(
  bus: EventBus,
  producers: ProducersConfig | undefined,
  settings: readonly DependencySettings[],
): void {
  warnOfSilence(bus, producers, settings);
  const { accounts, organization } = producers ?? {};
  const types = [OPERATION_FAILED, ...typesOfAws(bus, settings)];
  const admit = (sid: string, principals: readonly IPrincipal[], only: Readonly<Record<string, string>> = {}) =>
    bus.addToResourcePolicy(
      new PolicyStatement({
        sid,
        principals: [...principals],
        actions: ['events:PutEvents'],
        resources: [bus.eventBusArn],
        conditions: {
          StringEquals: { 'events:detail-type': types, ...only },
          StringNotEquals: { 'events:source': [EVENT_SOURCE, OPERATOR_SOURCE] },
        },
      }),
    );
  if (accounts)
    admit(
      'ProducersOfAccounts',
      accounts.map((account) => new AccountPrincipal(account)),
    );
  if (organization) admit('ProducersOfOrganization', [new AnyPrincipal()], { 'aws:PrincipalOrgID': organization });
}

/** Types of events that AWS puts on a bus of another account, and that a rule there sends on. */
function typesOfAws(bus: EventBus, settings: readonly DependencySettings[]): readonly string[] {
  const kinds = new Set(settings.map((each) => isOfAws(each) && otherAccount(bus, each) && each.kind));
  return [
    ...(kinds.has('state-machine') ? [EXECUTION_CHANGED] : []),
    ...(kinds.has('lambda') ? [INVOCATION_FAILED] : []),
  ];
}

/** Failed executions of another account stay unknown unless its rule may put them on the bus. */
function warnOfSilence(
  bus: EventBus,
  { accounts = [], organization }: ProducersConfig = {},
  settings: readonly DependencySettings[],
): void {
  if (organization !== undefined) return;
  for (const each of settings) {
    const account = each.kind === 'state-machine' ? otherAccount(bus, each) : undefined;
    if (account === undefined || accounts.includes(account)) continue;
    Annotations.of(bus).addWarningV2(
      `backstop:producers:${each.name}`,
      `dependency ${shown(each.name)}: the bus takes no failed executions from account ${account}; list it in producers.accounts (docs/accounts.md)`,
    );
  }
}

function isOfAws(settings: DependencySettings): settings is AwsSettings {
  return settings.kind !== 'http';
}
