import { Lazy, Validations } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, type IFunction, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
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
    const alias = new Alias(fn, 'Live', { aliasName: LIVE, version: fn.currentVersion });
    const group = new LambdaDeploymentGroup(fn, 'Deployments', {
      application: this.application,
      role: this.role,
      alias,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES,
    });
    return { live: alias, takeBackOn: (alarm) => group.addAlarm(alarm) };
  }
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
