import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import * as v from 'valibot';
import { lanesBelow } from '../../lambdas/adapters/facts/lane-facts.ts';
import { isToolCommand, TOOL } from '../../lambdas/contract/command-line.ts';
import { DEFAULT_RETENTION_MS } from '../../lambdas/contract/limits.ts';
import { METHODS, type Method } from '../../lambdas/contract/methods.ts';
import type { DependencyKind } from '../../lambdas/contract/settings.ts';
import type { Clients } from './clients.ts';
import { NotFoundError } from './errors.ts';
import { didYouMean } from './nearest.ts';

/** The lane of one dependency, as its parameter describes it. */
export interface Lane {
  /** Name of the dependency. */
  readonly name: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Only for an ordered lane. */
  readonly orderedQueueUrl?: string | undefined;
  readonly kind: DependencyKind;
  /** Cycles of a failure before its dead letter is parked. */
  readonly maxCycles: number;
  /** JSON Pointers of body fields to mask, in addition to those with sensitive names. */
  readonly sensitive?: readonly string[] | undefined;
  /** Methods and paths that the config lets Backstop replay. @default - all */
  readonly accepts?: { readonly methods?: Method[] | undefined; readonly paths?: string[] | undefined } | undefined;
  /** Headers that an operation may set. @default - all that no event is refused */
  readonly allowHeaders?: string[] | undefined;
  /** Id of the event source mapping that reads the lane queue. */
  readonly sourceId: string;
  /** Names of the log groups of the lane's functions. @default - none */
  readonly logGroups?: readonly string[] | undefined;
}

/** The parts of a deployed Backstop stack. */
export interface Deployment {
  readonly stack: string;
  readonly region: string;
  /** The pipeline's name in its metrics and logs. */
  readonly service: string;
  readonly busName: string;
  readonly ledgerTable: string;
  readonly circuitsTable: string;
  readonly auditTable: string;
  /** URL of the function that writes for operators. */
  readonly operatorUrl: string;
  readonly rejectsQueueUrl: string;
  readonly lastResortQueueUrl: string;
  readonly parkedQueueUrl: string;
  readonly recoveryMachineArn: string;
  /** What starts the tool, by the config. */
  readonly operatorCommand: string;
  /** How long the ledger keeps a failure after its last change, in milliseconds. */
  readonly retentionMs: number;
  /** Sorted by name. */
  readonly lanes: readonly Lane[];
  /** All outputs of the stack by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

const LaneParameter = v.object({
  name: v.string(),
  queueUrl: v.string(),
  deadLetterQueueUrl: v.string(),
  orderedQueueUrl: v.optional(v.string()),
  kind: v.picklist(['http', 'lambda', 'state-machine', 'queue'] satisfies DependencyKind[]),
  maxCycles: v.number(),
  sensitive: v.optional(v.array(v.string())),
  accepts: v.optional(
    v.object({ methods: v.optional(v.array(v.picklist(METHODS))), paths: v.optional(v.array(v.string())) }),
  ),
  allowHeaders: v.optional(v.array(v.string())),
  sourceId: v.string(),
  logGroups: v.optional(v.array(v.string())),
});

/** @throws NotFoundError if the stack does not exist or is not a Backstop stack */
export async function readDeployment(
  { cloudformation, ssm }: Pick<Clients, 'cloudformation' | 'ssm'>,
  stack: string,
): Promise<Deployment> {
  const region = await cloudformation.config.region();
  const where = `stack '${stack}' in ${region}`;
  const named = 'pass --stack (or set BACKSTOP_STACK) and --region';
  const answer = await cloudformation.send(new DescribeStacksCommand({ StackName: stack })).catch((error: Error) => {
    if (error.name !== 'ValidationError' || !/does not exist/.test(error.message)) throw error;
    throw new NotFoundError(`There is no ${where}: ${named}.`, { cause: error });
  });
  const outputs = Object.fromEntries(
    (answer.Stacks?.[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
  const output = (name: string): string => {
    const value = outputs[name];
    if (value === undefined)
      throw new NotFoundError(`The ${where} has no output ${name}: is it a Backstop stack? If not, ${named}.`);
    return value;
  };
  return {
    stack,
    region,
    // Stacks deployed by version 0.1 output neither the service's name nor the retention.
    service: outputs.ServiceName ?? 'backstop',
    busName: output('BusName'),
    ledgerTable: output('LedgerTableName'),
    circuitsTable: output('CircuitsTableName'),
    auditTable: output('AuditTableName'),
    operatorUrl: output('OperatorUrl'),
    rejectsQueueUrl: output('RejectsQueueUrl'),
    lastResortQueueUrl: output('LastResortQueueUrl'),
    parkedQueueUrl: output('ParkedQueueUrl'),
    recoveryMachineArn: output('RecoveryMachineArn'),
    operatorCommand: toolOf(outputs.OperatorCommand),
    retentionMs: Number(outputs.RetentionMs ?? DEFAULT_RETENTION_MS),
    lanes: v.parse(v.array(LaneParameter), await lanesBelow(ssm, output('LanesPath'))),
    outputs,
  };
}

/** What starts the tool, by the config. Hints are pasted, so other text counts for nothing. */
function toolOf(said = TOOL): string {
  return isToolCommand(said) ? said : TOOL;
}

/** @throws NotFoundError if no dependency has that name */
export function laneOf({ lanes }: Pick<Deployment, 'lanes'>, name: string): Lane {
  const lane = lanes.find((each) => each.name === name);
  if (lane) return lane;
  const names = lanes.map((each) => each.name);
  throw new NotFoundError(`Unknown dependency '${name}'; dependencies: ${names.join(', ')}.${didYouMean(name, names)}`);
}
