export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
/** Path prefix of function URLs. */
export const FUNCTION_URLS = '/function-urls/';
/** Path prefix of HTTP APIs. */
export const HTTP_APIS = '/http-apis/';
export const STREAM_LABEL = '2000-01-01T00:00:00.000';

interface Kind {
  readonly service: string;
  /** Prefix of the name in the ARN's resource part. */
  readonly prefix: string;
  readonly nameProperty: string;
  readonly longestName: number;
}

/** The resource types that run in the embedded cloud. */
const KINDS: Readonly<Record<string, Kind>> = {
  'AWS::SQS::Queue': { service: 'sqs', prefix: '', nameProperty: 'QueueName', longestName: 80 },
  'AWS::SNS::Topic': { service: 'sns', prefix: '', nameProperty: 'TopicName', longestName: 256 },
  'AWS::SNS::Subscription': { service: 'sns', prefix: 'subscription:', nameProperty: '', longestName: 256 },
  'AWS::DynamoDB::Table': { service: 'dynamodb', prefix: 'table/', nameProperty: 'TableName', longestName: 255 },
  'AWS::DynamoDB::GlobalTable': { service: 'dynamodb', prefix: 'table/', nameProperty: 'TableName', longestName: 255 },
  'AWS::Events::EventBus': { service: 'events', prefix: 'event-bus/', nameProperty: 'Name', longestName: 256 },
  'AWS::Events::Rule': { service: 'events', prefix: 'rule/', nameProperty: 'Name', longestName: 64 },
  'AWS::Lambda::Function': { service: 'lambda', prefix: 'function:', nameProperty: 'FunctionName', longestName: 64 },
  'AWS::Lambda::EventInvokeConfig': { service: 'lambda', prefix: 'config:', nameProperty: '', longestName: 256 },
  'AWS::Lambda::EventSourceMapping': { service: 'lambda', prefix: 'mapping:', nameProperty: '', longestName: 256 },
  'AWS::KMS::Key': { service: 'kms', prefix: 'key/', nameProperty: '', longestName: 256 },
  'AWS::KMS::Alias': { service: 'kms', prefix: '', nameProperty: 'AliasName', longestName: 256 },
  'AWS::Lambda::Alias': { service: 'lambda', prefix: 'alias:', nameProperty: '', longestName: 256 },
  'AWS::CodeDeploy::DeploymentGroup': { service: 'codedeploy', prefix: 'group:', nameProperty: '', longestName: 100 },
  'AWS::CloudWatch::Alarm': { service: 'cloudwatch', prefix: 'alarm:', nameProperty: 'AlarmName', longestName: 255 },
  'AWS::StepFunctions::StateMachineAlias': { service: 'states', prefix: 'alias:', nameProperty: '', longestName: 256 },
  'AWS::Lambda::Url': { service: 'lambda', prefix: 'url:', nameProperty: '', longestName: 256 },
  'AWS::ApiGateway::RestApi': { service: 'apigateway', prefix: 'restapis/', nameProperty: '', longestName: 256 },
  'AWS::ApiGateway::Resource': { service: 'apigateway', prefix: 'resource:', nameProperty: '', longestName: 256 },
  'AWS::ApiGateway::Method': { service: 'apigateway', prefix: 'method:', nameProperty: '', longestName: 256 },
  'AWS::ApiGateway::Model': { service: 'apigateway', prefix: 'model:', nameProperty: 'Name', longestName: 256 },
  'AWS::ApiGateway::Stage': { service: 'apigateway', prefix: 'stage:', nameProperty: 'StageName', longestName: 256 },
  'AWS::ApiGateway::ApiKey': { service: 'apigateway', prefix: 'apikeys/', nameProperty: 'Name', longestName: 256 },
  'AWS::ApiGateway::UsagePlan': { service: 'apigateway', prefix: 'usageplans/', nameProperty: '', longestName: 256 },
  'AWS::ApiGateway::UsagePlanKey': {
    service: 'apigateway',
    prefix: 'usageplankey:',
    nameProperty: '',
    longestName: 256,
  },
  'AWS::ApiGatewayV2::Api': { service: 'apigateway', prefix: 'apis/', nameProperty: '', longestName: 256 },
  'AWS::ApiGatewayV2::Integration': {
    service: 'apigateway',
    prefix: 'integration:',
    nameProperty: '',
    longestName: 256,
  },
  'AWS::ApiGatewayV2::Route': { service: 'apigateway', prefix: 'route:', nameProperty: '', longestName: 256 },
  'AWS::S3::Bucket': { service: 's3', prefix: '', nameProperty: 'BucketName', longestName: 63 },
  'AWS::SSM::Parameter': { service: 'ssm', prefix: 'parameter', nameProperty: 'Name', longestName: 1011 },
  'AWS::Pipes::Pipe': { service: 'pipes', prefix: 'pipe/', nameProperty: 'Name', longestName: 64 },
  'AWS::EC2::Subnet': { service: 'ec2', prefix: '', nameProperty: '', longestName: 256 },
  'AWS::EC2::SubnetRouteTableAssociation': { service: 'ec2', prefix: '', nameProperty: '', longestName: 256 },
  'AWS::EC2::Route': { service: 'ec2', prefix: '', nameProperty: '', longestName: 256 },
  'AWS::EC2::VPCEndpoint': { service: 'ec2', prefix: '', nameProperty: '', longestName: 256 },
  'AWS::EC2::SecurityGroup': { service: 'ec2', prefix: '', nameProperty: '', longestName: 256 },
  'AWS::EC2::SecurityGroupIngress': { service: 'ec2', prefix: '', nameProperty: '', longestName: 256 },
  'AWS::StepFunctions::StateMachine': {
    service: 'states',
    prefix: 'stateMachine:',
    nameProperty: 'StateMachineName',
    longestName: 80,
  },
};

const NO_EFFECT =
  /^AWS::(SQS::QueuePolicy|SNS::TopicPolicy|S3::BucketPolicy|IAM::.+|Logs::(LogGroup|ResourcePolicy)|Lambda::(Permission|Version)|CodeDeploy::Application|StepFunctions::StateMachineVersion|CloudWatch::(?!Alarm$).+|SecretsManager::Secret|CDK::Metadata|Events::(EventBusPolicy|Archive|Connection)|EC2::(VPC|VPCGatewayAttachment|InternetGateway|NatGateway|EIP|RouteTable|SecurityGroupEgress)|EventSchemas::(Registry|Schema)|ApiGatewayV2::Stage|ApiGateway::(Account|Deployment|RequestValidator))$/;

export function runsHere(type: string): boolean {
  return type in KINDS;
}

/** Resource types that do nothing here. Policies and keys are judged; log groups are not here. */
export function hasNoEffect(type: string): boolean {
  return NO_EFFECT.test(type);
}

/** Identities belong to no region. */
const IDENTITIES: Readonly<Record<string, string>> = {
  'AWS::IAM::Role': 'role',
  'AWS::IAM::ManagedPolicy': 'policy',
};

export function arnOf(type: string, name: string): string {
  const identity = IDENTITIES[type];
  if (identity !== undefined) return `arn:aws:iam::${ACCOUNT}:${identity}/${name}`;
  // A name of a bucket is unique in all regions and accounts.
  if (type === 'AWS::S3::Bucket') return `arn:aws:s3:::${name}`;
  const { service, prefix } = KINDS[type] ?? { service: type.split('::')[1]?.toLowerCase(), prefix: '' };
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${prefix}${name}`;
}

/** Returns the template's name, or one of stack and logical id, cut to the service's limit. */
export function nameOf(stack: string, id: string, type: string, property: (name: string) => unknown): string {
  const { nameProperty, longestName } = KINDS[type] ?? { nameProperty: 'Name', longestName: 256 };
  const given = property(nameProperty);
  if (typeof given === 'string') return given;
  const suffix = property('FifoQueue') === true || property('FifoTopic') === true ? '.fifo' : '';
  const longest = longestName - suffix.length;
  const name = `${stack}-${id}`;
  // The last eight characters of a logical id are CDK's hash of its path. They keep a cut name unique.
  const short = (name.length <= longest ? name : `${name.slice(0, longest - 9)}-${id.slice(-8)}`) + suffix;
  return type === 'AWS::S3::Bucket' ? short.toLowerCase() : short;
}
