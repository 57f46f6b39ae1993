/** What policies grant although no call of an end-to-end test needs it. */
export interface Exception {
  /** Names of roles, managed policies or resources. */
  readonly owner: RegExp;
  readonly actions?: readonly string[];
  readonly resources?: readonly string[];
  readonly reason: string;
}

const TABLE_KEY = ['DescribeKey', 'Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'ReEncryptTo'];
const kms = (...actions: readonly string[]) => actions.map((action) => `kms:${action}`);
const LANES = 'arn:aws:ssm:us-east-1:000000000000:parameter/backstop/BackstopPipeline/Pipeline/*';
/** Functions of the Recovery machine that call dependencies. */
const CALLERS = /^RecoveryFunctions(?:Attempt|Degrade|Resolve|Undo)Role$/;

/** What only AWS uses, or what AWS documents as needed. The embedded cloud does not do it. */
const OF_AWS: readonly Exception[] = [
  { owner: /Role$|^OperatorAccess/, actions: kms(...TABLE_KEY), reason: 'DynamoDB documents them for users of a key.' },
  {
    owner: /^Key$/,
    actions: kms('Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'GenerateDataKey*', 'ReEncrypt*'),
    reason: 'CloudWatch Logs and EventBridge encrypt with the key.',
  },
  { owner: /^PublisherFunctionRole$/, actions: ['dynamodb:ListStreams'], reason: 'Lambda documents it for streams.' },
  { owner: /^Escalations/, actions: ['sns:Publish'], reason: 'CloudWatch alarms publish. No alarm rings here.' },
  {
    owner: /^(?:.*LaneWorker|RecoveryFunctions(?:Attempt|Degrade|Resolve|Undo))Role$/,
    actions: [
      ...['AssignPrivateIpAddresses', 'CreateNetworkInterface', 'DeleteNetworkInterface'],
      ...['DescribeNetworkInterfaces', 'DescribeSubnets', 'UnassignPrivateIpAddresses'],
    ].map((action) => `ec2:${action}`),
    reason: 'Lambda connects the functions to their subnets.',
  },
  { owner: /^CanaryRole$/, actions: ['sts:AssumeRole'], reason: 'CodeDeploy shifts the traffic in an account only.' },
  {
    owner: /^(?:HealthFunctionRole|OperatorAccess)/,
    resources: [LANES],
    reason: 'AWS judges a read by path by the path, or by what is below it.',
  },
];

/** Statements of the functions and machines that end-to-end tests add. Backstop deploys none of them. */
const OF_TESTS: readonly Exception[] = [
  {
    owner: /ServiceRole$|^(?:Import|Machine|Orders|Saga)Role$|^Reporter$/,
    actions: [
      ...kms('Decrypt', ...TABLE_KEY),
      ...['dynamodb:UpdateItem', 'events:RetrieveConnectionCredentials', 'secretsmanager:DescribeSecret'],
      ...['secretsmanager:GetSecretValue', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
    ],
    resources: [
      'arn:aws:lambda:us-east-1:000000000000:function:thumbnails:*',
      'arn:aws:lambda:us-east-1:000000000000:function:Hasty-AskShop4EB3B00B:*',
      'arn:aws:lambda:us-east-1:000000000000:function:Orders-AskShop4EB3B00B:*',
    ],
    reason: 'The CDK grants more than its queues and versions need; a report of a test goes its own way.',
  },
];

/** What a rare way needs. A test of a scene or of the templates covers it, but none here does. */
const RARE: readonly Exception[] = [
  {
    owner: /^RecoveryFunctions(?:Degrade|Resolve|Undo)Role$/,
    actions: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 's3:GetObject', 'kms:Decrypt'],
    reason: 'A repeated call of these functions, or a large body that reaches them.',
  },
  {
    owner: CALLERS,
    actions: [
      ...['s3:ListBucket', 'sts:AssumeRole', 'secretsmanager:GetSecretValue', 'ssm:GetParameter'],
      ...['states:DescribeExecution', 'states:RedriveExecution'],
    ],
    reason: 'All functions that call have the rights of each kind of dependency; tests use one function a kind.',
  },
  {
    owner: /^\*Lane(?:Worker|AdoptedAdopter)Role$/,
    actions: ['s3:GetObject'],
    resources: ['*LaneDeadLetters', 'ParkedQueue', 'Rejects'],
    reason: 'Parked and rejected dead letters, and large bodies of lanes that get none in the tests.',
  },
  {
    owner: /^OperatorFunctionRole$/,
    actions: ['s3:ListBucket'],
    reason: 'It reveals that a body is no longer there, which S3 hides without the permission.',
  },
  {
    owner: /^CircuitRole$/,
    actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'kms:Decrypt'],
    reason: 'Your own state machines call the function.',
  },
  {
    owner: /^ReconcilerFunctionRole$/,
    actions: ['states:SendTaskSuccess'],
    reason: 'A decision whose wake-up got lost.',
  },
  { owner: /^RedriverFunctionRole$/, actions: ['dynamodb:UpdateItem'], reason: 'The end of a run, and its renewal.' },
  {
    owner: /^OperatorFunctionRole$/,
    actions: ['dynamodb:DeleteItem', 'dynamodb:GetItem'],
    reason: 'The library reads a repeated request, and deletes one that failed.',
  },
  {
    owner: /^OperatorAccess(?:Read)?(?:Policy|Lanes)$/,
    actions: [
      ...['cloudformation:ListStackResources', 'cloudwatch:DescribeAlarms', 'cloudwatch:GetDashboard'],
      ...['cloudwatch:GetMetricData', 'dynamodb:GetItem', 'dynamodb:Scan', 'kms:GenerateDataKey', 'sqs:ListQueues'],
      ...['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ListQueueTags'],
      'sqs:SendMessage',
    ],
    resources: ['Audit', 'Ledger/index/correlation', 'Ledger/index/dead', 'Ledger/index/pending'],
    reason: "Most commands run with a reader's policies, which the same code makes. Others run without AWS.",
  },
];

export const EXCEPTIONS: readonly Exception[] = [...OF_AWS, ...OF_TESTS, ...RARE];
