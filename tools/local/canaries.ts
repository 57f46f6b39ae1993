import type { Assembly, Resource } from './assembly.ts';
import { refusal } from './refusal.ts';

/** How an alias gives its traffic to another version. */
export interface Shift {
  /** ARN of the function or machine. */
  readonly target: string;
  /** What the new version gets at first, from 0 to 1. */
  readonly share: number;
  /** How long it gets no more. */
  readonly minutes: number;
  /** Names of the alarms that take it back. */
  readonly alarms: readonly string[];
}

/** Whether a deployment has not come to a function or machine yet, which runs on as it is. */
export type IsLate = (resource: Pick<Resource, 'id' | 'type'>) => boolean;

interface Aliased extends Shift {
  readonly version: string;
}

interface LambdaAlias {
  readonly FunctionName: string;
  readonly FunctionVersion: string;
}

interface MachineAlias {
  readonly DeploymentPreference?: {
    readonly StateMachineVersionArn: string;
    readonly Type: string;
    readonly Percentage?: number;
    readonly Interval?: number;
    readonly Alarms?: readonly string[];
  };
}

interface DeploymentGroup {
  readonly DeploymentConfigName?: string;
  readonly AlarmConfiguration?: { readonly Alarms?: readonly { readonly Name: string }[] };
}

/** The aliases that a deployment gives another version. What has no alias yet changes at once. */
export function shiftsBetween(before: Assembly, after: Assembly): readonly Shift[] {
  const had = new Map(aliasesOf(before).map(({ target, version }) => [target, version]));
  return aliasesOf(after).filter(({ target, version }) => had.has(target) && had.get(target) !== version);
}

function aliasesOf(assembly: Assembly): readonly Aliased[] {
  const functions = assembly.all<LambdaAlias>('AWS::Lambda::Alias').map((alias): Aliased => {
    const { FunctionName, FunctionVersion } = alias.properties;
    const { arn: target } = assembly.find(FunctionName);
    return { target, version: FunctionVersion, ...preferenceOf(alias, assembly) };
  });
  const machines = assembly.all<MachineAlias>('AWS::StepFunctions::StateMachineAlias').flatMap((alias): Aliased[] => {
    const { DeploymentPreference: preference } = alias.properties;
    if (preference === undefined) return [];
    const { StateMachineVersionArn: version, Type, Percentage = 0, Interval = 0, Alarms: alarms = [] } = preference;
    if (Type !== 'CANARY') throw refusal(alias, 'DeploymentPreference', `the embedded cloud can't shift by ${Type}`);
    return [{ target: assembly.find(version).arn, version, share: Percentage / 100, minutes: Interval, alarms }];
  });
  return [...functions, ...machines];
}

/** What CodeDeploy does with an alias of a function. Without a group, its traffic shifts at once. */
function preferenceOf(alias: Resource<LambdaAlias>, assembly: Assembly): Omit<Shift, 'target'> {
  const update = alias.updatePolicy as { CodeDeployLambdaAliasUpdate?: { DeploymentGroupName: string } } | undefined;
  const name = update?.CodeDeployLambdaAliasUpdate?.DeploymentGroupName;
  if (name === undefined) return { share: 1, minutes: 0, alarms: [] };
  const { DeploymentConfigName = '', AlarmConfiguration } = assembly.find(name).properties as DeploymentGroup;
  const [, percent, minutes] = /LambdaCanary(\d+)Percent(\d+)Minutes$/.exec(DeploymentConfigName) ?? [];
  if (percent === undefined)
    throw refusal(alias, 'UpdatePolicy', `the embedded cloud can't shift by ${DeploymentConfigName}`);
  const alarms = (AlarmConfiguration?.Alarms ?? []).map((alarm) => alarm.Name);
  return { share: Number(percent) / 100, minutes: Number(minutes), alarms };
}
