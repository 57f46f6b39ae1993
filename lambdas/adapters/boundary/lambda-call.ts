import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as v from 'valibot';
import type { HttpOperation } from '../../contract/failure.ts';
import type { AwsSettings } from '../../contract/settings.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import type { CallResult } from '../../domain/boundary/call-result.ts';
import { failedSuccess, resultFailure } from '../../domain/classification/failed-success.ts';
import type { Departure } from '../../use-cases/departure.ts';
import { callAws, failed, targetOf } from './aws-call.ts';

interface CallContext {
  /** Ids by which a function can recognise a repeated call. */
  readonly id: string;
  readonly correlationId: string;
  readonly depart: Departure;
}

/** Payload of Lambda's answer when the function failed. */
const Failure = v.object({
  errorType: v.fallback(v.optional(v.string()), undefined),
  errorMessage: v.fallback(v.optional(v.string()), undefined),
});

/** Invokes the function with the operation's body and waits. Keeps only whether it succeeded, or its error. */
export function invokeFunction(
  { body }: Pick<HttpOperation, 'body'>,
  settings: AwsSettings,
  { id, correlationId, depart }: CallContext,
  client: LambdaClient,
): Promise<CallResult> {
  return callAws('Lambda', settings, depart, async (abortSignal) => {
    const custom = { 'backstop-failure-id': id, 'backstop-correlation-id': correlationId };
    const invoke = new InvokeCommand({
      FunctionName: targetOf(settings).text,
      InvocationType: 'RequestResponse',
      ClientContext: Buffer.from(JSON.stringify({ custom })).toString('base64'),
      Payload: body && Buffer.from(body),
    });
    const { FunctionError, StatusCode = 200, Payload } = await client.send(invoke, { abortSignal });
    if (FunctionError !== undefined) return failed(reportedError(Payload));
    const text = Buffer.from(Payload ?? []).toString();
    const error = failedSuccess(settings.rules, { statusCode: StatusCode, text }) ?? resultFailure(parsed(text));
    return error ? failed(error) : { kind: 'ok', statusCode: StatusCode };
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The error that the function threw. */
function reportedError(payload: Uint8Array | undefined): ReportedError {
  const { errorType = 'FunctionError', errorMessage = 'the function failed' } = readFailure(payload);
  return { name: errorType, message: errorMessage };
}

function readFailure(payload: Uint8Array | undefined): v.InferOutput<typeof Failure> {
  const read = v.safeParse(Failure, parsed(Buffer.from(payload ?? []).toString()));
  return read.success ? read.output : {};
}
