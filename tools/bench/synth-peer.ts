import { CfnResource, Duration, type Stack, Token } from 'aws-cdk-lib';
import { Alarm, AlarmRule, CompositeAlarm, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Chain, CustomState, DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties can have any type.
  readonly Properties: any;
}

/** Resources of a template, by logical id. */
export type Resources = Readonly<Record<string, Resource>>;

/** What the resources of an app share. */
interface Shared {
  readonly key: Key;
  readonly topic: Topic;
  readonly role: Role;
  readonly queue: Queue;
  readonly alarm: Alarm;
  readonly code: Code;
}

type Make = (stack: Stack, id: string, properties: Resource['Properties'], shared: Shared) => unknown;

/**
 * Creates as many resources of each type as a template has, as an app of the CDK would without Backstop. The most
 * frequent types come from constructs, everything else from its properties.
 */
export function sameResources(stack: Stack, resources: Resources, handlers: string): void {
  const key = new Key(stack, 'Key');
  const queue = new Queue(stack, 'Queue', {
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: key,
    enforceSSL: true,
  });
  const alarm = new Alarm(stack, 'Alarm', {
    metric: queue.metricApproximateAgeOfOldestMessage(),
    threshold: 1,
    evaluationPeriods: 1,
  });
  const topic = new Topic(stack, 'Topic', { masterKey: key });
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const shared = { key, queue, alarm, topic, role, code: Code.fromAsset(handlers) };
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    const make = MAKERS[Type] ?? ((...[, , properties]) => other(stack, id, Type, properties));
    make(stack, id, Type === STATE_MACHINE ? Properties : withReferences(Properties, shared), shared);
  }
}

function other(stack: Stack, id: string, type: string, properties: Resource['Properties']): CfnResource {
  return new CfnResource(stack, id, { type, properties });
}

/** Its construct makes a text of the properties. */
const STATE_MACHINE = 'AWS::StepFunctions::StateMachine';

const MAKERS: Readonly<Record<string, Make>> = {
  'AWS::KMS::Key': () => undefined,
  // The queue's construct makes it.
  'AWS::SQS::QueuePolicy': () => undefined,
  'AWS::SQS::Queue': (stack, id, _, { key, queue }) =>
    new Queue(stack, id, {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue, maxReceiveCount: 3 },
    }),
  // The function's construct makes its role.
  'AWS::IAM::Role': () => undefined,
  'AWS::Lambda::Function': (stack, id, { Environment, Timeout, Description }, { code }) =>
    new LambdaFunction(stack, id, {
      code,
      handler: 'worker.handler',
      runtime: Runtime.NODEJS_24_X,
      description: Description,
      timeout: Duration.seconds(Timeout),
      environment: Environment?.Variables,
    }),
  'AWS::Logs::LogGroup': (stack, id, _, { key }) => new LogGroup(stack, id, { encryptionKey: key }),
  'AWS::IAM::Policy': (stack, id, { PolicyDocument }, { role }) =>
    new Policy(stack, id, { roles: [role], statements: PolicyDocument.Statement.map(PolicyStatement.fromJson) }),
  'AWS::CloudWatch::Alarm': (stack, id, { Metrics, Dimensions = [], MetricName, Namespace, ...props }, { topic }) => {
    const metric = (name = 'Errors', namespace = 'AWS/Lambda') =>
      new Metric({
        namespace,
        metricName: name,
        dimensionsMap: Object.fromEntries(
          Dimensions.map(({ Name, Value }: Readonly<Record<string, string>>) => [Name, Value]),
        ),
      });
    const ids = (Metrics ?? []).slice(1).map((_: unknown, n: number) => `m${n}`);
    const usingMetrics = Object.fromEntries(ids.map((each: string) => [each, metric(each)]));
    const alarm = new Alarm(stack, id, {
      metric:
        ids.length > 0
          ? new MathExpression({ expression: ids.join(' + '), usingMetrics })
          : metric(MetricName, Namespace),
      threshold: props.Threshold ?? 1,
      evaluationPeriods: props.EvaluationPeriods,
      alarmDescription: props.AlarmDescription,
    });
    alarm.addAlarmAction(new SnsAction(topic));
  },
  'AWS::CloudWatch::CompositeAlarm': (stack, id, _, { alarm, topic }) =>
    new CompositeAlarm(stack, id, { alarmRule: AlarmRule.anyOf(alarm, alarm) }).addAlarmAction(new SnsAction(topic)),
  'AWS::Events::Rule': (stack, id, { Description }, { queue }) =>
    new Rule(stack, id, {
      description: Description,
      eventPattern: { source: ['own'], detailType: [id] },
      targets: [new SqsQueue(queue)],
    }),
  [STATE_MACHINE]: (stack, id, { DefinitionString }) => {
    const { States }: { readonly States: Readonly<Record<string, object>> } = JSON.parse(textOf(DefinitionString));
    const states = Object.entries(States).map(
      ([name, { ...state }]) => new CustomState(stack, `${id}${name}`, { stateJson: { ...state, Next: undefined } }),
    );
    const definition = states
      .slice(1)
      .reduce((chain, state) => chain.next(state), Chain.start(states[0] as CustomState));
    new StateMachine(stack, id, { definitionBody: DefinitionBody.fromChainable(definition) });
  },
  'AWS::SNS::Topic': (stack, id, _, { key }) => new Topic(stack, id, { masterKey: key }),
  'AWS::DynamoDB::Table': (stack, id, _, { key }) =>
    new Table(stack, id, { partitionKey: { name: 'id', type: AttributeType.STRING }, encryptionKey: key }),
};

/** A text that the template joins, with a word for each reference. */
// biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties can have any type.
function textOf(value: any): string {
  if (typeof value === 'string') return value;
  const { 'Fn::Join': [separator, parts] = ['', ['reference']] } = value;
  return parts.map((part: unknown) => (typeof part === 'string' ? part : 'reference')).join(separator);
}

/** Replaces references to the template's resources by some to the peer's, so that the CDK resolves as many. */
// biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties can have any type.
function withReferences(value: any, { key }: Shared): any {
  if (Array.isArray(value)) return value.map((each) => withReferences(each, { key } as Shared));
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value);
  if (names[0] === 'Fn::Join') {
    const [separator, parts] = value['Fn::Join'];
    return parts.map((part: unknown) => withReferences(part, { key } as Shared)).join(separator);
  }
  if (names.length === 1 && /^(?:Ref|Fn::.*)$/.test(names[0] ?? '')) return Token.asString(key.keyArn);
  return Object.fromEntries(names.map((name) => [name, withReferences(value[name], { key } as Shared)]));
}
