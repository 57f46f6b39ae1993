import { randomUUID } from 'node:crypto';
import type { Execution, Machine } from './execution.ts';
import { type HistoryRequest, historyPage } from './execution-history.ts';
import { TaskError, type Tasks } from './machine-tasks.ts';
import { AwsError } from './protocol.ts';

type Operations = Readonly<Record<string, (input: never) => unknown>>;

interface StartInput {
  readonly stateMachineArn: string;
  readonly name?: string;
  readonly input?: string;
}

interface RedriveInput {
  readonly executionArn: string;
  readonly clientToken?: string;
}

interface Runs {
  readonly start: (machine: Machine, name: string, input: string) => Execution;
  /** Continues an execution from the failed state. */
  readonly redrive: (execution: Execution) => void;
}

/** Operations of Step Functions on executions. */
export function executionOperations(
  machineOf: (arn: string) => Machine | undefined,
  executions: readonly Execution[],
  { start, redrive }: Runs,
): Operations {
  const find = (arn: string): Execution => {
    const execution = executions.find((each) => each.arn === arn);
    if (execution === undefined) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  };
  return {
    StartExecution: ({ stateMachineArn, name = randomUUID(), input = '{}' }: StartInput) => {
      const machine = machineOf(stateMachineArn);
      if (machine === undefined)
        throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
      checkStart(name, input);
      const same = executions.find((each) => each.machineArn === machine.arn && each.name === name);
      if (same !== undefined && (same.status !== 'RUNNING' || same.input !== input))
        throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${same.arn}'`);
      const { arn, startDate } = same ?? start(machine, name, input);
      return { executionArn: arn, startDate: seconds(startDate) };
    },
    DescribeExecution: ({ executionArn }: { executionArn: string }) => described(find(executionArn)),
    RedriveExecution: ({ executionArn, clientToken = randomUUID() }: RedriveInput) => {
      const execution = find(executionArn);
      if (!execution.redrives.has(clientToken)) {
        if (!isRedrivable(execution))
          throw new AwsError('ExecutionNotRedrivable', `Execution is not redrivable: '${executionArn}'`);
        redrive(execution);
        execution.redrives.set(clientToken, new Date());
      }
      return { redriveDate: seconds(execution.redrives.get(clientToken) ?? new Date()) };
    },
    GetExecutionHistory: (request: HistoryRequest) => historyPage(find(request.executionArn), request),
    ListExecutions: ({ stateMachineArn, statusFilter }: { stateMachineArn: string; statusFilter?: string }) => {
      const listed = executions.filter((each) => each.machineArn === stateMachineArn);
      const filtered = listed.filter(({ status }) => statusFilter === undefined || status === statusFilter);
      return { executions: filtered.map(summary).reverse() };
    },
    StopExecution: ({ executionArn, error, cause }: { executionArn: string; error?: string; cause?: string }) => {
      const execution = find(executionArn);
      if (execution.status === 'RUNNING') {
        Object.assign(execution, { error, cause });
        execution.abort();
      }
      return { stopDate: seconds(execution.stopDate ?? new Date()) };
    },
  };
}

/** Operations that complete a task with a token. */
export function tokenOperations(tasks: Tasks): Operations {
  return {
    SendTaskSuccess: ({ taskToken, output }: { taskToken: string; output: string }) =>
      tasks.settle(taskToken, { output: parse(output, 'InvalidOutput') }),
    SendTaskFailure: ({ taskToken, error = '', cause = '' }: { taskToken: string; error?: string; cause?: string }) =>
      tasks.settle(taskToken, { error: new TaskError(error, cause) }),
    SendTaskHeartbeat: ({ taskToken }: { taskToken: string }) => tasks.checkToken(taskToken),
  };
}

/** Hard quotas: {@link https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html}. */
const LARGEST_INPUT_BYTES = 262_144;

function checkStart(name: string, input: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the service refuses control characters.
  if (!/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]{1,80}$/.test(name))
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  parse(input, 'InvalidExecutionInput');
  if (Buffer.byteLength(input) > LARGEST_INPUT_BYTES)
    throw new AwsError('ValidationException', `the input must have at most ${LARGEST_INPUT_BYTES} bytes`);
}

function parse(text: string, errorName: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError(errorName, 'not JSON');
  }
}

function summary({ arn, machineArn, name, status, startDate, stopDate }: Execution): object {
  const dates = { startDate: seconds(startDate), stopDate: stopDate && seconds(stopDate) };
  return { executionArn: arn, stateMachineArn: machineArn, name, status, ...dates };
}

function described(execution: Execution): object {
  const { input, output, error, cause, redriveCount, redriveDate } = execution;
  const redrives = { redriveCount, redriveStatus: redriveStatus(execution) };
  return {
    ...summary(execution),
    input,
    output,
    error,
    cause,
    ...redrives,
    redriveDate: redriveDate && seconds(redriveDate),
  };
}

/** Detail of the event that AWS publishes when an execution starts or ends. */
export function statusDetail(execution: Execution): object {
  const { arn, machineArn, name, status, startDate, stopDate, input, output, error, cause } = execution;
  const { redriveCount, redriveDate } = execution;
  return {
    executionArn: arn,
    stateMachineArn: machineArn,
    name,
    status,
    startDate: startDate.getTime(),
    stopDate: stopDate?.getTime() ?? null,
    input,
    inputDetails: { included: true },
    output: output ?? null,
    outputDetails: output === undefined ? null : { included: true },
    error: error ?? null,
    cause: cause ?? null,
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    redriveCount,
    redriveDate: redriveDate?.getTime() ?? null,
    redriveStatus: redriveStatus(execution),
    redriveStatusReason: null,
  };
}

/** The embedded cloud has no redrive deadline. */
function isRedrivable({ status }: Execution): boolean {
  return status !== 'RUNNING' && status !== 'SUCCEEDED';
}

function redriveStatus(execution: Execution): string {
  return isRedrivable(execution) ? 'REDRIVABLE' : 'NOT_REDRIVABLE';
}

function seconds(date: Date): number {
  return date.getTime() / 1000;
}
