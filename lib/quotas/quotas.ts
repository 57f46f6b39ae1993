/** A limit of AWS that a deployment would meet only when it fails. */
export interface Quota {
  /** What counts, with its unit. */
  readonly what: string;
  readonly limit: number;
  /** Regions with another limit. @default - none */
  readonly regional?: Readonly<Record<string, number>>;
  /** What to do about an excess. */
  readonly remedy: string;
  /** Whether AWS raises the quota on request. Then an excess is a warning. @default false */
  readonly isAdjustable?: boolean;
  /** Page of AWS's documentation that names the quota. */
  readonly source: string;
}

const DOCS = 'https://docs.aws.amazon.com';
const CLOUDFORMATION = `${DOCS}/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html`;
const IAM = `${DOCS}/IAM/latest/UserGuide/reference_iam-quotas.html`;
const EVENTBRIDGE = `${DOCS}/eventbridge/latest/userguide/eb-quota.html`;
const CLOUDWATCH = `${DOCS}/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html`;
const SQS = `${DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html`;
const LAMBDA = `${DOCS}/lambda/latest/dg/gettingstarted-limits.html`;

const FEWER = 'spread the dependencies over several pipelines';
const SHORTER = 'shorten the values of your config that it contains, such as runbookUrl';

/** The quotas that a pipeline comes near to, or that grow with its dependencies. */
export const QUOTAS = {
  resources: { what: 'resources in a stack', limit: 500, remedy: FEWER, source: CLOUDFORMATION },
  parameters: { what: 'parameters of a stack', limit: 200, remedy: FEWER, source: CLOUDFORMATION },
  outputs: { what: 'outputs of a stack', limit: 200, remedy: FEWER, source: CLOUDFORMATION },
  template: {
    what: 'bytes of a template',
    limit: 1_000_000,
    remedy: 'set suppressTemplateIndentation on the app, or spread the dependencies over several pipelines',
    source: CLOUDFORMATION,
  },
  environment: { what: "bytes of a function's environment", limit: 4_096, remedy: SHORTER, source: LAMBDA },
  functionPolicy: { what: "bytes of a function's policy", limit: 20_480, remedy: FEWER, source: LAMBDA },
  inlinePolicies: {
    what: "characters of a role's inline policies together",
    limit: 10_240,
    remedy: 'attach a managed policy instead',
    source: IAM,
  },
  managedPolicy: { what: 'characters of a managed policy', limit: 6_144, remedy: FEWER, source: IAM },
  managedPolicies: { what: 'managed policies of a role', limit: 10, remedy: FEWER, isAdjustable: true, source: IAM },
  pattern: { what: 'characters of an event pattern', limit: 2_048, remedy: FEWER, source: EVENTBRIDGE },
  targets: { what: 'targets of a rule', limit: 5, remedy: 'add a rule', source: EVENTBRIDGE },
  rules: {
    what: 'rules on a bus',
    limit: 300,
    regional: { 'af-south-1': 100, 'eu-south-1': 100 },
    remedy: FEWER,
    isAdjustable: true,
    source: EVENTBRIDGE,
  },
  busPolicy: {
    what: "characters of a bus's policy",
    limit: 10_240,
    remedy: 'admit an organization instead of accounts, or fewer principals of other accounts',
    isAdjustable: true,
    source: EVENTBRIDGE,
  },
  queuePolicy: { what: "bytes of a queue's policy", limit: 8_192, remedy: 'grant fewer principals', source: SQS },
  queueStatements: {
    what: "statements of a queue's policy",
    limit: 20,
    remedy: 'grant fewer principals',
    source: SQS,
  },
  queueActions: {
    what: "actions in a statement of a queue's policy",
    limit: 7,
    remedy: 'split the statement',
    source: SQS,
  },
  alarmRule: { what: 'characters of a composite alarm', limit: 10_240, remedy: 'add a group', source: CLOUDWATCH },
  alarmChildren: { what: 'alarms in a composite alarm', limit: 100, remedy: 'add a group', source: CLOUDWATCH },
  widgets: { what: 'widgets of a dashboard', limit: 500, remedy: 'set dashboards: false', source: CLOUDWATCH },
  widgetMetrics: { what: 'metrics of a widget', limit: 500, remedy: 'set dashboards: false', source: CLOUDWATCH },
  dashboardMetrics: {
    what: 'metrics of a dashboard',
    limit: 2_500,
    remedy: 'set dashboards: false',
    source: CLOUDWATCH,
  },
  insightRule: {
    what: 'characters of an insight rule',
    limit: 8_192,
    remedy: 'add a rule',
    source: `${DOCS}/AmazonCloudWatch/latest/APIReference/API_PutInsightRule.html`,
  },
  logGroups: { what: 'log groups of an insight rule', limit: 20, remedy: 'add a rule', source: CLOUDWATCH },
  machine: {
    what: "bytes of a state machine's definition",
    limit: 1_048_576,
    remedy: 'split the machine',
    source: `${DOCS}/step-functions/latest/dg/service-quotas.html`,
  },
  parameter: {
    what: 'bytes of an SSM parameter',
    limit: 8_192,
    remedy: 'shorten accepts.paths and allowHeaders of the dependency',
    source: `${DOCS}/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`,
  },
} as const satisfies Readonly<Record<string, Quota>>;

export type QuotaName = keyof typeof QUOTAS;

/**
 * CloudFormation's limit of resources that one deployment of a stack creates, updates or deletes in nested stacks. A
 * pipeline beyond it needs several deployments, so an excess is not an error.
 */
export const MOST_IN_OPERATION = 2_500;

/** How much of a quota a template needs. */
export interface Measured {
  readonly quota: QuotaName;
  readonly amount: number;
  /** The limit of the stack's region. @default - the usual one */
  readonly limit?: number;
  /** Logical id of the resource. @default - the stack itself */
  readonly id?: string;
}

/** Whether AWS would refuse it. */
export function exceeds({ quota, amount, limit = QUOTAS[quota].limit }: Measured): boolean {
  return amount > limit;
}

/** The same where the stack is. @param region unknown, or a token, has the usual limits */
export function inRegion(measured: Measured, region: string): Measured {
  const quota: Quota = QUOTAS[measured.quota];
  const limit = quota.regional?.[region];
  return limit === undefined ? measured : { ...measured, limit };
}

/** Describes an excess: what, how much, and what to do. */
export function describeExcess({ quota, amount, limit = QUOTAS[quota].limit }: Measured): string {
  const { what, remedy } = QUOTAS[quota];
  return `${what}: at most ${limit}, got ${amount}: ${remedy}`;
}
