import { createHash } from 'node:crypto';
import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import type { HttpOperation } from '../../contract/failure.ts';
import type { AwaitedExecution } from '../../contract/ledger-entry.ts';
import type { AwsSettings } from '../../contract/settings.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import type { CallResult, PendingCall } from '../../domain/boundary/call-result.ts';
import { executionNameFromPath, replacementExecutionName } from '../../domain/boundary/execution-path.ts';
import { callAws, failed, targetOf } from './aws-call.ts';
import type { Executions } from './executions.ts';

export interface ExecutionContext {
  /** Of the failure. */
  readonly id: string;
  /** What the failure waits for, or has waited for. */
  readonly awaited?: AwaitedExecution;
  readonly executions: Executions;
  /** Epoch milliseconds. */
  readonly now: number;
}

type Described = Pick<
  DescribeExecutionCommandOutput,
  'status' | 'redriveCount' | 'redriveDate' | 'redriveStatus' | 'startDate' | 'error' | 'cause' | 'input'
>;

interface Scene extends ExecutionContext {
  readonly settings: AwsSettings;
  readonly name: string;
  readonly signal: AbortSignal;
}

const FIRST_LOOK_MS = 1_000;
const LONGEST_LOOK_MS = 300_000;
/** Looks grow rarer with the time that the execution has taken: 37 in the first hour, and one in five minutes after that. */
const SHARE_OF_TIME = 1 / 4;

/**
 * Brings an execution that has failed on to its success: redrives it from its failed step, or where that can't be done starts another
 * of the same input, and says how that goes. Each call begins with a look, so that none is made twice.
 */
export function resumeExecution(
  { path }: Pick<HttpOperation, 'path'>,
  settings: AwsSettings,
  context: ExecutionContext,
): Promise<CallResult | PendingCall> {
  return callAws('StepFunctions', settings, async (signal) => {
    const name = context.awaited?.execution ?? executionNameFromPath(path);
    return goOn({ ...context, settings, name, signal });
  });
}

async function goOn(scene: Scene): Promise<CallResult | PendingCall> {
  const { awaited, now } = scene;
  const found = await look(scene);
  // What has been started just now may not be there to be seen yet.
  if (!found) return awaited && !awaited.hasFailed ? pending(awaited, FIRST_LOOK_MS) : failed(GONE);
  const redrives = found.redriveCount ?? 0;
  switch (found.status) {
    case 'SUCCEEDED':
      return { kind: 'ok', statusCode: 200 };
    case 'RUNNING':
    case 'PENDING_REDRIVE':
      return pending({ execution: scene.name, redrives }, untilNextLook(found, now));
    case 'FAILED':
    case 'TIMED_OUT':
      if (!awaited || awaited.hasFailed) return again(found, scene);
      return redrives < awaited.redrives ? pending(awaited, FIRST_LOOK_MS) : failed(errorOf(found));
    default:
      return failed(ABORTED);
  }
}

async function again(found: Described, scene: Scene): Promise<CallResult | PendingCall> {
  const { name, signal, executions } = scene;
  const redrives = found.redriveCount ?? 0;
  if (found.redriveStatus === 'NOT_REDRIVABLE') return anew(found, scene);
  const token = createHash('sha256').update(`${scene.id}\n${name}\n${redrives}`).digest('hex').slice(0, 32);
  if (await executions.redrive(arnOf(name, scene), token, signal)) {
    return pending({ execution: name, redrives: redrives + 1 }, FIRST_LOOK_MS);
  }
  // Somebody else has been faster, or its days are over.
  const current = await look(scene);
  if (current?.status === 'RUNNING' || current?.status === 'PENDING_REDRIVE') {
    return pending({ execution: name, redrives: current.redriveCount ?? 0 }, FIRST_LOOK_MS);
  }
  return current?.status === 'SUCCEEDED' ? { kind: 'ok', statusCode: 200 } : anew(found, scene);
}

/** Starts an execution of the same input. It is named after the failure, so that a second start of it begins nothing. */
async function anew({ input }: Described, scene: Scene): Promise<CallResult | PendingCall> {
  const { id, name, settings, executions, signal } = scene;
  if (!settings.repeatable || input === undefined) return failed(NOT_REDRIVABLE);
  const link = replacementExecutionName(name, id);
  await executions.start({ stateMachineArn: targetOf(settings).text, name: link, input }, signal);
  return pending({ execution: link, redrives: 0 }, FIRST_LOOK_MS);
}

function look(scene: Scene): Promise<Described | undefined> {
  return scene.executions.describe(arnOf(scene.name, scene), scene.signal);
}

function arnOf(name: string, { settings }: Pick<Scene, 'settings'>): string {
  const { partition, region, account, resource } = targetOf(settings);
  const machine = resource.replace(/^stateMachine:/, '');
  return `arn:${partition}:states:${region}:${account}:execution:${machine}:${name}`;
}

function pending(awaited: AwaitedExecution, forMs: number): PendingCall {
  const { execution, redrives } = awaited;
  return { kind: 'pending', forMs, awaited: { execution, redrives } };
}

function untilNextLook({ redriveDate, startDate }: Described, now: number): number {
  const since = (redriveDate ?? startDate)?.getTime() ?? now;
  return Math.min(LONGEST_LOOK_MS, Math.max(FIRST_LOOK_MS, (now - since) * SHARE_OF_TIME));
}

/** The cause is read by the rules, and goes nowhere. */
function errorOf({ status, error, cause }: Described): ReportedError {
  const name = error ?? (status === 'TIMED_OUT' ? 'States.Timeout' : 'ExecutionFailed');
  return { name, ...(cause !== undefined && { message: cause }) };
}

const ABORTED: ReportedError = { name: 'ExecutionAborted', message: 'somebody has stopped the execution' };
const GONE: ReportedError = { name: 'StepFunctions.ExecutionDoesNotExist', message: 'there is no such execution' };
const NOT_REDRIVABLE: ReportedError = {
  name: 'StepFunctions.ExecutionNotRedrivable',
  message: 'the execution can not be redriven',
};
