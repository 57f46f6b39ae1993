import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  ApplicationLogLevel,
  Architecture,
  type Code,
  type IFunction,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { SERVICE_VARIABLE } from '../../lambdas/contract/metrics.ts';
import type { Canary, ShiftedFunction } from './canary.ts';
import { CompleteRole } from './complete-role.ts';
import type { HandlerName } from './handler-names.ts';
import { letLambdaConnect, type Network } from './network.ts';
import { allow } from './permissions.ts';
import { hasTracing } from './region-features.ts';
import { serviceName } from './service-name.ts';

export interface BackstopFunctionProps {
  /** The bundle of all handlers. */
  readonly code: Code;
  readonly handler: HandlerName;
  readonly description: string;
  /** Timeout of one invocation, at most 15 min. */
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the function may send messages to the queue that triggers it. @default false */
  readonly sendsToItself?: boolean;
  /** Whether its role contains its permissions, as {@link CompleteRole} does. @default false */
  readonly permissionsInRole?: boolean;
  /** Memory in MB. The CPU share grows with it. @default 512 */
  readonly memorySize?: number;
  /** Shifts its traffic to new versions. @default - a new version gets all traffic at once */
  readonly canary?: Canary | undefined;
  /** Where it runs. @default - outside of any VPC */
  readonly network?: Network | undefined;
  /** Encrypts the logs. */
  readonly encryptionKey: IKey;
  readonly logRetention: RetentionDays;
}

/** A handler in Lambda, with the settings that all functions of Backstop share. */
export class BackstopFunction extends LambdaFunction {
  /** @internal Timeout of one invocation. */
  readonly limit: Duration;
  /** @internal */
  readonly serviceRole: Role;
  private readonly shifted: ShiftedFunction | undefined;

  /** @internal */
  constructor(scope: Construct, id: string, props: BackstopFunctionProps) {
    // The CDK's default role carries a managed policy with wildcards.
    const OwnRole = props.permissionsInRole ? CompleteRole : Role;
    const role = new OwnRole(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      encryptionKey: props.encryptionKey,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      code: props.code,
      handler: `${props.handler}.handler`,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? MEMORY_MB,
      timeout: props.timeout,
      role,
      vpc: props.network?.vpc,
      vpcSubnets: props.network?.vpcSubnets,
      securityGroups: props.network && [...props.network.securityGroups],
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.INFO,
      tracing: hasTracing(scope) ? Tracing.ACTIVE : undefined,
      // Otherwise Lambda stops the loop as recursive after 16 rounds and drops the message.
      recursiveLoop: props.sendsToItself && hasTracing(scope) ? RecursiveLoop.ALLOW : undefined,
      environment: { [SERVICE_VARIABLE]: serviceName(scope), ...COMMON_ENVIRONMENT, ...props.environment },
    });
    this.limit = props.timeout;
    this.serviceRole = role;
    allow(this, ['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
    if (props.network) letLambdaConnect(role);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray takes no narrower resource.',
    });
    this.shifted = props.canary?.shift(this);
  }

  /** @internal What triggers and callers use: the function, or the alias that shifts its traffic. */
  get live(): IFunction {
    return this.shifted?.live ?? this;
  }

  /** @internal Takes a deployment of the function back when one of the alarms rings. */
  takeBackOn(...alarms: readonly Alarm[]): void {
    for (const alarm of alarms) this.shifted?.takeBackOn(alarm);
  }
}

export const MEMORY_MB = 512;

const COMMON_ENVIRONMENT = {
  NODE_OPTIONS: '--enable-source-maps',
};
