import type { LambdaClient } from '@aws-sdk/client-lambda';
import * as v from 'valibot';
import { jsonRoundTripProblem } from '../../contract/json-round-trip.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { RESOLVER_MS } from '../../contract/limits.ts';
import type { CurrentState, RefusedWrite } from '../../domain/conflict/compare.ts';
import type { AskResolver } from '../../use-cases/conflict/advice.ts';

/** The team's own function failed, or answered what is no answer. */
export class ResolverError extends Error {
  override readonly name = 'ResolverError';
}

const AdviceSchema = v.variant('resolution', [
  v.object({ resolution: v.picklist(['ours', 'theirs', 'ask']) }),
  v.object({
    resolution: v.literal('merged'),
    body: v.pipe(
      v.unknown(),
      v.check((body) => body !== undefined && jsonRoundTripProblem(body) === undefined),
    ),
  }),
]);

/**
 * Asks a team's own Lambda function.
 *
 * @param functionArns by the name of the dependency
 * @throws ResolverError where there is none, it fails, or it answers what is no advice; nothing of what it said is in the message
 */
export function resolverAsker(functionArns: Readonly<Record<string, string>>): AskResolver {
  let client: LambdaClient | undefined;
  return async (entry, ours, current) => {
    const FunctionName = functionArns[entry.dependency];
    if (FunctionName === undefined) throw new ResolverError('the config names no function');
    // Loaded when it is first needed: hardly any function ever needs it.
    const { InvokeCommand, LambdaClient: Client } = await import('@aws-sdk/client-lambda');
    client ??= new Client({
      // Once: a function that is slow would be asked by two at a time. The next attempt asks again.
      maxAttempts: 1,
      requestHandler: { requestTimeout: RESOLVER_MS, throwOnRequestTimeout: true },
    });
    const Payload = JSON.stringify(requestOf(entry, ours, current));
    const { FunctionError, Payload: answer } = await client.send(new InvokeCommand({ FunctionName, Payload }));
    if (FunctionError !== undefined) throw new ResolverError('the function failed');
    const advice = v.safeParse(v.pipe(v.string(), v.parseJson(), AdviceSchema), answer?.transformToString());
    if (!advice.success) throw new ResolverError('the function answered what is no resolution');
    return advice.output;
  };
}

function requestOf({ id, correlationId, dependency, tenant }: LedgerEntry, ours: RefusedWrite, current: CurrentState) {
  const { statusCode, etag, lastModified, body } = current;
  return {
    version: 1,
    id,
    correlationId,
    dependency,
    ...(tenant !== undefined && { tenant }),
    ours,
    theirs: { statusCode, etag, lastModified, contentType: body?.contentType, body: body?.text },
  };
}
