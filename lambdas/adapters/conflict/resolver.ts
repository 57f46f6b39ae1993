import type { LambdaClient } from '@aws-sdk/client-lambda';
import * as v from 'valibot';
import { jsonRoundTripProblem } from '../../contract/json-round-trip.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { RESOLVER_MS } from '../../contract/limits.ts';
import type { CurrentState, RefusedWrite } from '../../domain/conflict/compare.ts';
import type { AskResolver } from '../../use-cases/conflict/resolve-round.ts';

/** The resolver function failed, or its answer is not valid. */
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
 * Creates a port that invokes your resolver functions.
 *
 * @param functionArns ARNs by dependency name
 * @returns a port that throws ResolverError if the function is missing, fails or answers with invalid advice; the
 * message quotes nothing of the answer
 */
export function createResolver(functionArns: Readonly<Record<string, string>>): AskResolver {
  let client: LambdaClient | undefined;
  return async (entry, ours, current) => {
    const FunctionName = functionArns[entry.dependency];
    if (FunctionName === undefined) throw new ResolverError('the config names no function');
    // Load the client only when needed, because few functions ever need it.
    const { InvokeCommand, LambdaClient: Client } = await import('@aws-sdk/client-lambda');
    client ??= new Client({
      // No SDK retry: a slow function would run twice at the same time. The next attempt asks again.
      maxAttempts: 1,
      requestHandler: { requestTimeout: RESOLVER_MS, throwOnRequestTimeout: true },
    });
    const Payload = JSON.stringify(requestOf(entry, ours, current));
    const { FunctionError, Payload: answer } = await client.send(new InvokeCommand({ FunctionName, Payload }));
    if (FunctionError !== undefined) throw new ResolverError('the function failed');
    const advice = v.safeParse(v.pipe(v.string(), v.parseJson(), AdviceSchema), answer?.transformToString());
    if (!advice.success) throw new ResolverError('the function returned an invalid resolution');
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
    tenant,
    ours,
    theirs: { statusCode, etag, lastModified, contentType: body?.contentType, body: body?.text },
  };
}
