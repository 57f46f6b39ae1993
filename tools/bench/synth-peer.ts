import { Aws, CfnOutput, CfnResource, Duration, Fn, NestedStack, type Stack } from 'aws-cdk-lib';
import { Alarm, AlarmRule, CfnDashboard, CompositeAlarm, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { CfnEventBusPolicy, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { CfnManagedPolicy, Policy, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  CfnEventSourceMapping,
  CfnPermission,
  Code,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnTopicPolicy, Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { CfnParameter } from 'aws-cdk-lib/aws-ssm';
import { Chain, CustomState, DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties can have any type.
type Value = any;

interface Resource {
  readonly Type: string;
  readonly Properties?: Value;
}

/** The template of a stack, with those of its nested stacks by the logical id of their resource. */
export interface Templates {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: Value }>>;
  readonly nested?: ReadonlyMap<string, Templates>;
}

/**
 * Creates the same stacks, resources and references as an app of the CDK would without Backstop. The most frequent
 * types come from constructs, everything else from its properties.
 *
 * @param archive the code of the functions
 */
export function sameResources(stack: Stack, templates: Templates, archive: string): void {
  const key = new Key(stack, 'Key');
  const topic = new Topic(stack, 'Topic', { masterKey: key });
  new PeerStack(stack, templates, { key, topic, archive });
}

/** What all stacks of the peer share. */
interface Shared {
  readonly key: Key;
  readonly topic: Topic;
  readonly archive: string;
}

type Make = (id: string, properties: Value) => Construct | undefined;

/** Makes the resources of one stack. A resource is made before those that refer to it. */
class PeerStack {
  private readonly made = new Map<string, Construct | undefined>();
  private readonly code: Code;
  private readonly stack: Stack;
  private readonly templates: Templates;
  private readonly shared: Shared;
  private readonly parameters: Readonly<Record<string, Value>>;

  /** @param parameters what the stack gets from the stack around it */
  constructor(stack: Stack, templates: Templates, shared: Shared, parameters: Readonly<Record<string, Value>> = {}) {
    this.stack = stack;
    this.templates = templates;
    this.shared = shared;
    this.parameters = parameters;
    this.code = Code.fromAsset(shared.archive);
    for (const id of Object.keys(templates.Resources)) this.make(id);
    for (const [id, { Value }] of Object.entries(templates.Outputs ?? {}))
      new CfnOutput(stack, `${id}Output`, { value: this.own(Value) }).overrideLogicalId(id);
  }

  private make(id: string): Construct | undefined {
    if (this.made.has(id)) return this.made.get(id);
    const { Type = '', Properties = {} } = this.templates.Resources[id] ?? {};
    const make = this.makers[Type] ?? ((id, properties) => this.other(id, Type, properties));
    const construct = make(id, Properties);
    this.made.set(id, construct);
    return construct;
  }

  private other(id: string, type: string, properties: Value): CfnResource {
    const own = this.own(properties);
    const Own = OWN_CLASSES[type];
    return Own ? new Own(this.stack, id, camelCased(own)) : new CfnResource(this.stack, id, { type, properties: own });
  }

  /** The construct that a value refers to. */
  private target(value: Value): Construct | undefined {
    const id = value?.Ref ?? value?.['Fn::GetAtt']?.[0];
    return id in this.templates.Resources ? this.make(id) : undefined;
  }

  /** Replaces references to the template's resources by some to the peer's, so that the CDK resolves as many. */
  private own(value: Value): Value {
    if (Array.isArray(value)) return value.map((each) => this.own(each));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries<Value>(value);
    const [name = '', argument] = entries[0] ?? [];
    if (entries.length > 1 || !/^(?:Ref|Fn::.*)$/.test(name))
      return Object.fromEntries(entries.map(([key, each]) => [key, this.own(each)]));
    if (name === 'Fn::Join') return argument[1].map((part: Value) => this.own(part)).join(argument[0]);
    if (name === 'Fn::Select') return Fn.select(argument[0], Fn.split(',', this.own(argument[1]['Fn::Split'][1])));
    return this.reference(value);
  }

  private reference(value: Value): string {
    if (value.Ref in this.parameters) return this.parameters[value.Ref];
    if (value.Ref in PSEUDO) return PSEUDO[value.Ref] ?? '';
    const target = this.target(value);
    const attribute = value['Fn::GetAtt']?.[1];
    const [, names = {}] = ATTRIBUTES.find(([Own]) => target instanceof Own) ?? [];
    const name = names[attribute ?? 'Ref'];
    if (name !== undefined) return (target as Value)[name];
    const element = target?.node.defaultChild ?? target;
    if (!CfnResource.isCfnResource(element)) return this.shared.key.keyArn;
    return attribute === undefined ? element.ref : element.getAtt(attribute).toString();
  }

  private queue(value: Value): Queue | undefined {
    const target = this.target(value);
    return target instanceof Queue ? target : undefined;
  }

  private readonly makers: Readonly<Record<string, Make>> = {
    'AWS::CloudFormation::Stack': (id, { Parameters }) => {
      const templates = this.templates.nested?.get(id);
      if (!templates) return undefined;
      const nested = new NestedStack(this.stack, id);
      new PeerStack(nested, templates, this.shared, this.own(Parameters ?? {}));
      return nested.nestedStackResource;
    },
    'AWS::KMS::Key': () => this.shared.key,
    'AWS::SQS::QueuePolicy': (_, { Queues, PolicyDocument }) => {
      const queue = this.queue(Queues[0]);
      // The queue's construct makes the statement that denies requests without TLS.
      const others = PolicyDocument.Statement.filter(({ Effect }: Value) => Effect === 'Allow');
      for (const statement of others) queue?.addToResourcePolicy(PolicyStatement.fromJson(this.own(statement)));
      return queue;
    },
    'AWS::SQS::Queue': (id, { RedrivePolicy, FifoQueue }) => {
      const queue = this.queue(RedrivePolicy?.deadLetterTargetArn);
      return new Queue(this.stack, id, {
        encryption: QueueEncryption.KMS,
        encryptionMasterKey: this.shared.key,
        enforceSSL: true,
        fifo: FifoQueue,
        retentionPeriod: Duration.days(14),
        deadLetterQueue: queue && { queue, maxReceiveCount: 3 },
      });
    },
    'AWS::IAM::Role': (id, { Policies = [], Description }) => {
      const policies = Policies.map(({ PolicyName, PolicyDocument: { Statement } }: Value) => {
        const statements = this.statements({ Statement });
        return [PolicyName, new PolicyDocument({ statements })];
      });
      return new Role(this.stack, id, {
        assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
        description: Description,
        inlinePolicies: Object.fromEntries(policies),
      });
    },
    'AWS::IAM::Policy': (id, { PolicyDocument, Roles }) => {
      const roles = Roles.map((role: Value) => this.target(role)).filter((role: Value) => role instanceof Role);
      return new Policy(this.stack, id, { roles, statements: this.statements(PolicyDocument), force: true });
    },
    'AWS::Lambda::Function': (id, { Environment, Timeout, Description, Role: roleArn, LoggingConfig }) => {
      const [role, logGroup] = [this.target(roleArn), this.target(LoggingConfig?.LogGroup)];
      return new LambdaFunction(this.stack, id, {
        code: this.code,
        handler: 'worker.handler',
        runtime: Runtime.NODEJS_24_X,
        description: this.own(Description),
        timeout: Duration.seconds(Timeout),
        environment: this.own(Environment?.Variables),
        role: role instanceof Role ? role : undefined,
        logGroup: logGroup instanceof LogGroup ? logGroup : undefined,
      });
    },
    'AWS::Logs::LogGroup': (id) => new LogGroup(this.stack, id, { encryptionKey: this.shared.key }),
    'AWS::CloudWatch::Alarm': (id, properties) => this.alarm(id, properties),
    'AWS::CloudWatch::CompositeAlarm': (id, { AlarmRule: rule, AlarmDescription }) => {
      const alarm = new CompositeAlarm(this.stack, id, {
        alarmRule: AlarmRule.fromString(this.own(rule)),
        alarmDescription: this.own(AlarmDescription),
      });
      alarm.addAlarmAction(new SnsAction(this.shared.topic));
      return alarm;
    },
    'AWS::Events::Rule': (id, { Description, EventPattern, Targets }) => {
      const queue = this.queue(Targets?.[0]?.Arn);
      return new Rule(this.stack, id, {
        description: Description,
        eventPattern: { source: ['own'], detailType: [id], detail: this.own(EventPattern?.detail) },
        targets: queue && [new SqsQueue(queue)],
      });
    },
    'AWS::StepFunctions::StateMachine': (id, { DefinitionString }) => {
      const { States } = JSON.parse(this.own(DefinitionString));
      const states = Object.entries<Value>(States).map(
        ([name, state]) =>
          new CustomState(this.stack, `${id}${name}`, { stateJson: { ...state, Next: undefined, End: undefined } }),
      );
      const [first = new CustomState(this.stack, `${id}First`, { stateJson: {} }), ...others] = states;
      const definition = others.reduce((chain, state) => chain.next(state), Chain.start(first));
      return new StateMachine(this.stack, id, { definitionBody: DefinitionBody.fromChainable(definition) });
    },
    'AWS::SNS::Topic': (id) => new Topic(this.stack, id, { masterKey: this.shared.key }),
    'AWS::DynamoDB::Table': (id) =>
      new Table(this.stack, id, {
        partitionKey: { name: 'id', type: AttributeType.STRING },
        encryptionKey: this.shared.key,
      }),
  };

  private statements({ Statement }: Value): PolicyStatement[] {
    return Statement.map((statement: Value) => PolicyStatement.fromJson(this.own(statement)));
  }

  private alarm(id: string, { Metrics = [], ...properties }: Value): Alarm {
    const { AlarmDescription, Threshold = 1, EvaluationPeriods } = properties;
    const usingMetrics = Object.fromEntries(
      Metrics.flatMap(({ MetricStat: { Metric } = {}, Id }: Value) => (Metric ? [[Id, this.metric(Metric)]] : [])),
    );
    const { Expression } = Metrics.find(({ Expression }: Value) => Expression) ?? {};
    return new Alarm(this.stack, id, {
      metric: Expression
        ? new MathExpression({ expression: Object.keys(usingMetrics).join(' + '), usingMetrics })
        : this.metric(properties),
      threshold: Threshold,
      evaluationPeriods: EvaluationPeriods,
      alarmDescription: this.own(AlarmDescription),
    });
  }

  private metric({ Dimensions = [], MetricName, Namespace }: Value): Metric {
    const dimensions = Dimensions.map(({ Name, Value }: Value) => [Name, this.own(Value)]);
    return new Metric({
      namespace: Namespace,
      metricName: MetricName,
      dimensionsMap: Object.fromEntries(dimensions),
    });
  }
}

/** What users of constructs write for their references. */
const ATTRIBUTES: readonly (readonly [abstract new (...args: never) => Construct, Readonly<Record<string, string>>])[] =
  [
    [Queue, { Ref: 'queueUrl', Arn: 'queueArn', QueueName: 'queueName' }],
    [LambdaFunction, { Ref: 'functionName', Arn: 'functionArn' }],
    [Role, { Ref: 'roleName', Arn: 'roleArn' }],
    [Table, { Ref: 'tableName', Arn: 'tableArn' }],
    [Topic, { Ref: 'topicArn' }],
    [LogGroup, { Ref: 'logGroupName', Arn: 'logGroupArn' }],
    [Alarm, { Ref: 'alarmName', Arn: 'alarmArn' }],
    [CompositeAlarm, { Ref: 'alarmName', Arn: 'alarmArn' }],
    [StateMachine, { Ref: 'stateMachineArn', Arn: 'stateMachineArn' }],
  ];

/** The CDK's classes of other types that a pipeline has many of, or with long properties. */
const OWN_CLASSES: Readonly<Record<string, new (scope: Construct, id: string, properties: Value) => CfnResource>> = {
  'AWS::CloudWatch::Dashboard': CfnDashboard,
  'AWS::Events::EventBusPolicy': CfnEventBusPolicy,
  'AWS::IAM::ManagedPolicy': CfnManagedPolicy,
  'AWS::Lambda::EventSourceMapping': CfnEventSourceMapping,
  'AWS::Lambda::Permission': CfnPermission,
  'AWS::SNS::TopicPolicy': CfnTopicPolicy,
  'AWS::SSM::Parameter': CfnParameter,
};

/** Properties by the names that the CDK has for them. Documents of policies stay as they are. */
function camelCased(value: Value): Value {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== 'object' || value === null || 'Version' in value || 'Effect' in value) return value;
  const entries = Object.entries<Value>(value).map(([name, each]) => [
    name.charAt(0).toLowerCase() + name.slice(1),
    camelCased(each),
  ]);
  return Object.fromEntries(entries);
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': Aws.ACCOUNT_ID,
  'AWS::Partition': Aws.PARTITION,
  'AWS::Region': Aws.REGION,
  'AWS::URLSuffix': Aws.URL_SUFFIX,
};
