import type { LambdaClient } from '@aws-sdk/client-lambda';
import * as v from 'valibot';
import type { JsonText } from '../../contract/json-text.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { RESOLVER_MS } from '../../contract/limits.ts';
import { OPERATION_TEXTS } from '../../domain/boundary/failure-json.ts';
import type { CurrentState, RefusedWrite } from '../../domain/conflict/compare.ts';
import { liftTexts, type Place, sinkTexts } from '../../domain/json/json-places.ts';
import { readJson } from '../../domain/json/lossless-json.ts';
import type { Advice, AskResolver } from '../../use-cases/conflict/resolve-round.ts';

/** The resolver function failed, or its answer is not valid. */
export class ResolverError extends Error {
  override readonly name = 'ResolverError';
}

const AdviceSchema = v.variant('resolution', [
  v.object({ resolution: v.picklist(['ours', 'theirs', 'ask']) }),
  v.object({
    resolution: v.literal('merged'),
    // Lifted as text before the answer was parsed.
    body: v.custom<JsonText>((body) => typeof body === 'string' && readJson(body) !== undefined),
  }),
]);

/**
 * Creates a port that invokes your resolver functions.
 *
 * @param arnOf looks up the function of a dependency
 * @returns a port that throws ResolverError if the function is missing, fails or answers with invalid advice; the
 * message quotes nothing of the answer
 */
export function createResolver(arnOf: (dependency: string) => Promise<string | undefined>): AskResolver {
  let client: LambdaClient | undefined;
  return async (entry, ours, current, depart) => {
    const FunctionName = await arnOf(entry.dependency);
    if (FunctionName === undefined) throw new ResolverError('the config names no function');
    // Load the client only when needed, because few functions ever need it.
    const { InvokeCommand, LambdaClient: Client } = await import('@aws-sdk/client-lambda');
    client ??= new Client({
      // No SDK retry: a slow function would run twice at the same time. The next attempt asks again.
      maxAttempts: 1,
      requestHandler: { requestTimeout: RESOLVER_MS, throwOnRequestTimeout: true },
    });
    const Payload = sinkTexts(JSON.stringify(requestOf(entry, ours, current)), REQUEST_TEXTS);
    depart(RESOLVER_MS);
    const { FunctionError, Payload: answer } = await client.send(new InvokeCommand({ FunctionName, Payload }));
    if (FunctionError !== undefined) throw new ResolverError('the function failed');
    return readAdvice(answer?.transformToString() ?? '');
  };
}

const REQUEST_TEXTS: Place = { members: { ours: { members: { operation: OPERATION_TEXTS } } } };
const ADVICE_TEXTS: Place = { members: { body: 'text-or-null' } };

/** @throws ResolverError if the answer is not a resolution */
function readAdvice(answer: string): Advice {
  try {
    JSON.parse(answer);
    return v.parse(AdviceSchema, JSON.parse(liftTexts(answer, ADVICE_TEXTS)));
  } catch {
    throw new ResolverError('the function returned an invalid resolution');
  }
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
