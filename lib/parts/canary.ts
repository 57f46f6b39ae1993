import { Duration, Lazy, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, MathExpression, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, type IFunction, type Function as LambdaFunction, type Version } from 'aws-cdk-lib/aws-lambda';
import {
  type CfnStateMachine,
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  type StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/** Name of the alias that carries the traffic. */
const LIVE = 'live';
/** What a new version gets at first, in percent. */
const FIRST_SHARE = 10;
/** For how long, in minutes. */
const FIRST_MINUTES = 10;
/** A new version is bad if its share of failed invocations exceeds that of the version before by this much. */
const MUCH_WORSE = 0.5;
/**
 * The share assumes at least this many invocations of the new version, so that bad luck of a few takes nothing back.
 */
const FEW_INVOCATIONS = 6;

/** Shifts traffic to new versions: a tenth at first. An alarm takes the deployment back. */
export class Canary extends Construct {
  private readonly application: LambdaApplication;
  private readonly role: Role;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.application = new LambdaApplication(this, 'Application');
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
      description: 'Shifts the traffic of Backstop functions to new versions',
    });
    Validations.of(this.role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      reason: 'AWS keeps the permissions of CodeDeploy in this policy.',
    });
  }

  /** Puts a function behind an alias whose deployments shift slowly. */
  shift(fn: LambdaFunction): ShiftedFunction {
    const version = fn.currentVersion;
    const alias = new Alias(fn, 'Live', { aliasName: LIVE, version });
    const group = new LambdaDeploymentGroup(fn, 'Deployments', {
      application: this.application,
      role: this.role,
      alias,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES,
      alarms: [muchWorse(fn, version)],
    });
    return { live: alias, takeBackOn: (alarm) => group.addAlarm(alarm) };
  }
}

/**
 * Rings if a new version fails much more often than the version before. A version that can't start reports no fault,
 * and functions of the Recovery machine throw by design: so only the comparison tells.
 */
function muchWorse(fn: LambdaFunction, version: Version): Alarm {
  // The alarm must not refer to the alias, which waits for it.
  const ofAll = { FunctionName: fn.functionName, Resource: `${fn.functionName}:${LIVE}` };
  const ofNew = { ...ofAll, ExecutedVersion: version.version };
  const sumOf = (metricName: string, dimensionsMap: Record<string, string>) =>
    new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap, statistic: 'Sum' });
  return new Alarm(fn, 'Worse', {
    alarmDescription: `A new version of a function fails much more often than the version before: ${fn.node.path}`,
    metric: new MathExpression({
      expression:
        `FILL(newErrors, 0) / IF(FILL(newRuns, 0) > ${FEW_INVOCATIONS}, newRuns, ${FEW_INVOCATIONS})` +
        ' - (FILL(errors, 0) - FILL(newErrors, 0)) / IF(runs > FILL(newRuns, 0), runs - FILL(newRuns, 0), 1)',
      usingMetrics: {
        errors: sumOf('Errors', ofAll),
        runs: sumOf('Invocations', ofAll),
        newErrors: sumOf('Errors', ofNew),
        newRuns: sumOf('Invocations', ofNew),
      },
      label: 'Share of failed invocations, more than before',
      period: Duration.minutes(5),
    }),
    threshold: MUCH_WORSE,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

/** A function behind an alias. */
export interface ShiftedFunction {
  /** The alias. */
  readonly live: IFunction;
  /** Takes a deployment back when the alarm rings. */
  takeBackOn(alarm: Alarm): void;
}

/**
 * Puts a state machine behind an alias. Executions that have started keep their version.
 *
 * @param alarms names of the alarms that take a deployment back, at synth
 * @returns ARN of the alias
 */
export function shiftMachine(scope: Construct, machine: StateMachine, alarms: () => string[]): string {
  const { attrStateMachineRevisionId } = machine.node.defaultChild as CfnStateMachine;
  const version = new CfnStateMachineVersion(scope, 'Version', {
    stateMachineArn: machine.stateMachineArn,
    // Another definition has another revision, so each gets a version.
    stateMachineRevisionId: attrStateMachineRevisionId,
  });
  const alias = new CfnStateMachineAlias(scope, 'Live', {
    name: LIVE,
    deploymentPreference: {
      stateMachineVersionArn: version.attrArn,
      type: 'CANARY',
      percentage: FIRST_SHARE,
      interval: FIRST_MINUTES,
      alarms: Lazy.list({ produce: alarms }),
    },
  });
  return alias.attrArn;
}
