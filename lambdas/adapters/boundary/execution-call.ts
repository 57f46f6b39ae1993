import { createHash } from 'node:crypto';
import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import type { HttpOperation } from '../../contract/failure.ts';
import { type FailureName, failureKey } from '../../contract/failure-key.ts';
import type { AwaitedExecution } from '../../contract/ledger-entry.ts';
import type { AwsSettings } from '../../contract/settings.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import type { CallResult, PendingCall } from '../../domain/boundary/call-result.ts';
import {
  executionNameFromPath,
  formerReplacementName,
  replacementExecutionNames,
} from '../../domain/boundary/execution-path.ts';
import type { Departure } from '../../use-cases/departure.ts';
import { callAws, failed, targetOf } from './aws-call.ts';
import type { Executions } from './executions.ts';

interface ExecutionContext {
  readonly failure: FailureName;
  /** The execution that the failure waits for or has waited for. */
  readonly awaited?: AwaitedExecution;
  readonly executions: Executions;
  readonly depart: Departure;
  /** Epoch milliseconds. */
  readonly now: number;
}

type Described = Pick<
  DescribeExecutionCommandOutput,
  'status' | 'redriveCount' | 'redriveDate' | 'redriveStatus' | 'startDate' | 'error' | 'cause' | 'input'
>;

interface CallScope extends ExecutionContext {
  readonly settings: AwsSettings;
  readonly name: string;
  readonly signal: AbortSignal;
}

const MIN_POLL_MS = 1_000;
const MAX_POLL_MS = 300_000;
/** The poll interval grows with the execution's runtime: 37 polls in the first hour, then one every five minutes. */
const POLL_SHARE_OF_RUNTIME = 1 / 4;

/**
 * Recovers a failed execution: redrives it from its failed step, or starts another with the same input if it cannot be
 * redriven. Returns `pending` while the execution runs. Each call reads the execution first, so that none is redriven
 * twice.
 *
 * @throws NoTargetError if the function's environment has no ARN of the state machine
 */
export function resumeExecution(
  { path }: Pick<HttpOperation, 'path'>,
  settings: AwsSettings,
  context: ExecutionContext,
): Promise<CallResult | PendingCall> {
  return callAws('StepFunctions', settings, context.depart, async (signal) => {
    const name = context.awaited?.execution ?? executionNameFromPath(path);
    return resumeOrPoll({ ...context, settings, name, signal });
  });
}

async function resumeOrPoll(scope: CallScope): Promise<CallResult | PendingCall> {
  const { awaited, now } = scope;
  const found = await describe(scope);
  // Step Functions may not list an execution that has only just started.
  if (!found) return awaited && !awaited.hasFailed ? pending(awaited, MIN_POLL_MS) : failed(GONE);
  const redrives = found.redriveCount ?? 0;
  switch (found.status) {
    case 'SUCCEEDED':
      return { kind: 'ok', statusCode: 200 };
    case 'RUNNING':
    case 'PENDING_REDRIVE':
      return pending({ execution: scope.name, redrives }, nextPollMs(found, now));
    case 'FAILED':
    case 'TIMED_OUT':
      if (!awaited || awaited.hasFailed) return redriveOrRestart(found, scope);
      return redrives < awaited.redrives ? pending(awaited, MIN_POLL_MS) : failed(errorOf(found));
    default:
      return failed(ABORTED);
  }
}

async function redriveOrRestart(found: Described, scope: CallScope): Promise<CallResult | PendingCall> {
  const { name, signal, executions, depart, settings } = scope;
  const redrives = found.redriveCount ?? 0;
  if (found.redriveStatus === 'NOT_REDRIVABLE') return restart(found, scope);
  const token = createHash('sha256')
    .update(`${failureKey(scope.failure)}\n${name}\n${redrives}`)
    .digest('hex')
    .slice(0, 32);
  depart(settings.timeoutMs);
  if (await executions.redrive(arnOf(name, scope), token, signal)) {
    return pending({ execution: name, redrives: redrives + 1 }, MIN_POLL_MS);
  }
  // Somebody else redrove the execution first, or its redrive period is over.
  const current = await describe(scope);
  if (current?.status === 'RUNNING' || current?.status === 'PENDING_REDRIVE') {
    return pending({ execution: name, redrives: current.redriveCount ?? 0 }, MIN_POLL_MS);
  }
  return current?.status === 'SUCCEEDED' ? { kind: 'ok', statusCode: 200 } : restart(found, scope);
}

/**
 * Starts an execution with the same input. Its name comes from the failure, so that a second start does nothing. An
 * execution of that name with another input is somebody else's, so the next name is tried.
 */
async function restart({ input }: Described, scope: CallScope): Promise<CallResult | PendingCall> {
  const { failure, settings, executions, signal, depart } = scope;
  if (!settings.repeatable || input === undefined) return failed(NOT_REDRIVABLE);
  const isOurs = async (name: string) => (await describe({ ...scope, name }))?.input === input;
  const stateMachineArn = targetOf(settings).text;
  for (const name of replacementExecutionNames(scope.name, failure)) {
    const former = formerReplacementName(name);
    if (await isOurs(former)) return pending({ execution: former, redrives: 0 }, MIN_POLL_MS);
    depart(settings.timeoutMs);
    const isStarted = await executions.start({ stateMachineArn, name, input }, signal);
    if (isStarted || (await isOurs(name))) return pending({ execution: name, redrives: 0 }, MIN_POLL_MS);
  }
  return failed(NOT_REDRIVABLE);
}

function describe(
  scope: Pick<CallScope, 'name' | 'settings' | 'executions' | 'signal'>,
): Promise<Described | undefined> {
  return scope.executions.describe(arnOf(scope.name, scope), scope.signal);
}

function arnOf(name: string, { settings }: Pick<CallScope, 'settings'>): string {
  const { partition, region, account, resource } = targetOf(settings);
  const machine = resource.replace(/^stateMachine:/, '');
  return `arn:${partition}:states:${region}:${account}:execution:${machine}:${name}`;
}

function pending(awaited: AwaitedExecution, forMs: number): PendingCall {
  const { execution, redrives } = awaited;
  return { kind: 'pending', forMs, awaited: { execution, redrives } };
}

function nextPollMs({ redriveDate, startDate }: Described, now: number): number {
  const since = (redriveDate ?? startDate)?.getTime() ?? now;
  return Math.min(MAX_POLL_MS, Math.max(MIN_POLL_MS, (now - since) * POLL_SHARE_OF_RUNTIME));
}

/** Only the classification rules read the cause; nothing logs or stores it. */
function errorOf({ status, error, cause }: Described): ReportedError {
  const name = error ?? (status === 'TIMED_OUT' ? 'States.Timeout' : 'ExecutionFailed');
  return { name, message: cause };
}

const ABORTED: ReportedError = { name: 'ExecutionAborted', message: 'someone stopped the execution' };
const GONE: ReportedError = { name: 'StepFunctions.ExecutionDoesNotExist', message: 'the execution does not exist' };
const NOT_REDRIVABLE: ReportedError = {
  name: 'StepFunctions.ExecutionNotRedrivable',
  message: 'the execution is not redrivable',
};
