import { createHash } from 'node:crypto';
import { errorFacts } from '../../contract/error-facts.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { CallResult, PendingCall } from '../../domain/boundary/call-result.ts';
import type { FallbackResult } from '../../domain/fallback/fallback-answer.ts';
import type { NoAnswerReason } from '../../domain/fallback/fallback-plan.ts';
import { fingerprint } from '../../domain/ledger/fingerprint.ts';
import type { Call } from '../call.ts';
import type { Telemetry } from '../telemetry.ts';
import type { AnswerStore } from './answers.ts';

export interface LastGoodTools {
  readonly answers: AnswerStore;
  readonly ledger: { readonly now: number };
  readonly telemetry: Pick<Telemetry, 'count' | 'warn'>;
}

/** What differs from call to call and changes no answer. */
const PER_CALL_HEADERS: ReadonlySet<string> = new Set([
  'baggage',
  'idempotency-key',
  'traceparent',
  'tracestate',
  'x-correlation-id',
  'x-request-id',
]);

/** Whether the answer to an operation is worth keeping: a later one may have to do with it. */
export function keepsAnswer(operation: HttpOperation, settings: Pick<DependencySettings, 'fallback'>): boolean {
  return operation.method === 'GET' && maxAgeOf(settings) !== undefined;
}

/** Keeps the answer that a successful call has brought. Never throws: the call has succeeded all the same. */
export async function rememberAnswer(
  entry: LedgerEntry,
  settings: DependencySettings,
  result: CallResult | PendingCall,
  { answers, ledger, telemetry }: LastGoodTools,
): Promise<void> {
  const maxAgeMs = maxAgeOf(settings);
  const { failure, dependency, tenant } = entry;
  if (maxAgeMs === undefined || !failure || !keepsAnswer(failure.operation, settings)) return;
  // Any other success is one of a part, or of nothing.
  if (result.kind !== 'ok' || result.statusCode !== 200 || !result.body) return;
  const { contentType, text: body } = result.body;
  const at = new Date(ledger.now).toISOString();
  const answer = { dependency, ...(tenant !== undefined && { tenant }), statusCode: 200, contentType, body, at };
  try {
    await answers.keep(answerKey(entry, failure.operation), answer, maxAgeMs);
  } catch (error) {
    telemetry.warn('the answer could not be kept', errorFacts(error));
    telemetry.count('HandlerFailed', { dependency });
  }
}

/** Makes calls, and keeps the answers that are worth it. Only reads have such, so that nothing else is held up. */
export function remembering<Result extends CallResult | PendingCall>(
  call: Call<Result>,
  tools: LastGoodTools,
): Call<Result> {
  return async (operation, settings, entry) => {
    const result = await call(operation, settings, entry);
    await rememberAnswer(entry, settings, result, tools);
    return result;
  };
}

/** The last good answer to a failure's read, unless it is too old. */
export async function recallAnswer(
  entry: LedgerEntry,
  operation: HttpOperation,
  maxAgeMs: number,
  { answers, ledger }: Pick<LastGoodTools, 'answers' | 'ledger'>,
): Promise<FallbackResult | NoAnswerReason> {
  const answer = await answers.find(answerKey(entry, operation));
  if (!answer) return 'nothing-kept';
  // Clocks of two functions may differ a little.
  const ageMs = Math.max(0, ledger.now - Date.parse(answer.at));
  if (ageMs > maxAgeMs) return 'too-old';
  const { statusCode, contentType, body: text } = answer;
  return { statusCode, body: { contentType, text }, ageMs };
}

function maxAgeOf({ fallback }: Pick<DependencySettings, 'fallback'>): number | undefined {
  return fallback?.kind === 'last-good' || fallback?.kind === 'read-only' ? fallback.maxAgeMs : undefined;
}

/** One tenant never gets another's answer, nor one caller what was answered to other headers, such as a session's. */
function answerKey(
  { dependency, tenant = '' }: Pick<LedgerEntry, 'dependency' | 'tenant'>,
  { method, path, query = {}, headers = {}, ifMatch }: HttpOperation,
): string {
  const telling = Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !PER_CALL_HEADERS.has(name)),
  );
  const read = { method, path, query, headers: telling, ...(ifMatch !== undefined && { ifMatch }) };
  return createHash('sha256')
    .update(`${tenant}\n${fingerprint({ dependency, operation: read })}`)
    .digest('hex');
}
