import { createHash } from 'node:crypto';
import { errorFacts } from '../../contract/error-facts.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import { KEY_SEPARATOR } from '../../contract/item-keys.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { iso } from '../../contract/time.ts';
import type { CallResult, PendingCall } from '../../domain/boundary/call-result.ts';
import type { FallbackResult } from '../../domain/fallback/fallback-answer.ts';
import type { NoAnswerReason } from '../../domain/fallback/fallback-plan.ts';
import { fingerprint } from '../../domain/ledger/fingerprint.ts';
import type { Call } from '../call.ts';
import type { Telemetry } from '../telemetry.ts';

/** A dependency's successful answer to a read. */
export interface GoodAnswer {
  readonly dependency: string;
  readonly tenant?: string;
  readonly statusCode: number;
  readonly contentType: string;
  readonly body: string;
  /** Time of the answer, RFC 3339 in UTC. */
  readonly at: string;
}

/** Stores the last good answers. */
export interface AnswerStore {
  /** Stores an answer, unless a newer one is stored. @param maxAgeMs time after which no fallback may use it */
  keep(key: string, answer: GoodAnswer, maxAgeMs: number): Promise<void>;
  find(key: string): Promise<GoodAnswer | undefined>;
}

interface LastGoodPorts {
  readonly answers: AnswerStore;
  readonly ledger: { readonly now: number };
  readonly telemetry: Pick<Telemetry, 'count' | 'warn'>;
}

/** Headers that differ from call to call and do not change the answer. */
const PER_CALL_HEADERS: ReadonlySet<string> = new Set([
  'baggage',
  'idempotency-key',
  'traceparent',
  'tracestate',
  'x-correlation-id',
  'x-request-id',
]);

/** Whether the fallback may need the answer to this operation later. */
export function storesAnswer(operation: HttpOperation, settings: Pick<DependencySettings, 'fallback'>): boolean {
  return operation.method === 'GET' && maxAgeOf(settings) !== undefined;
}

/** Stores the answer of a successful call. Never throws, because the call itself has succeeded. */
export async function storeAnswer(
  entry: LedgerEntry,
  settings: DependencySettings,
  result: CallResult | PendingCall,
  { answers, ledger, telemetry }: LastGoodPorts,
): Promise<void> {
  const maxAgeMs = maxAgeOf(settings);
  const { failure, dependency, tenant } = entry;
  if (maxAgeMs === undefined || !failure || !storesAnswer(failure.operation, settings)) return;
  // Any other success is partial or has no content.
  if (result.kind !== 'ok' || result.statusCode !== 200 || !result.body) return;
  const { contentType, text: body } = result.body;
  const at = iso(ledger.now);
  const answer = { dependency, tenant, statusCode: 200, contentType, body, at };
  try {
    await answers.keep(answerKey(entry, failure.operation), answer, maxAgeMs);
  } catch (error) {
    telemetry.warn('storing the answer failed', errorFacts(error));
    telemetry.count('HandlerFailed', { dependency });
  }
}

/** Wraps a call so that it stores the answers of reads that a fallback may need. Delays no other call. */
export function storingAnswers<Result extends CallResult | PendingCall>(
  call: Call<Result>,
  ports: LastGoodPorts,
): Call<Result> {
  return async (operation, settings, entry, depart) => {
    const result = await call(operation, settings, entry, depart);
    await storeAnswer(entry, settings, result, ports);
    return result;
  };
}

/** Loads the last good answer to a failure's read, unless it is older than `maxAgeMs`. */
export async function loadAnswer(
  entry: LedgerEntry,
  operation: HttpOperation,
  maxAgeMs: number,
  { answers, ledger }: Pick<LastGoodPorts, 'answers' | 'ledger'>,
): Promise<FallbackResult | NoAnswerReason> {
  const answer = await answers.find(answerKey(entry, operation));
  if (!answer) return 'nothing-kept';
  // Clock skew between functions can make the age negative.
  const ageMs = Math.max(0, ledger.now - Date.parse(answer.at));
  if (ageMs > maxAgeMs) return 'too-old';
  const { statusCode, contentType, body: text } = answer;
  return { statusCode, body: { contentType, text }, ageMs };
}

function maxAgeOf({ fallback }: Pick<DependencySettings, 'fallback'>): number | undefined {
  return fallback?.kind === 'last-good' || fallback?.kind === 'read-only' ? fallback.maxAgeMs : undefined;
}

/**
 * Key per dependency, tenant and request, headers included, so that no caller gets an answer for another tenant or
 * session.
 */
function answerKey(
  { dependency, tenant = '' }: Pick<LedgerEntry, 'dependency' | 'tenant'>,
  { method, path, query = {}, headers = {}, ifMatch, checkpoint }: HttpOperation,
): string {
  const relevant = Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !PER_CALL_HEADERS.has(name)),
  );
  const read = { method, path, query, headers: relevant, ifMatch, checkpoint };
  const digest = createHash('sha256').update(`${tenant}\n${fingerprint({ dependency, operation: read })}`);
  return `${dependency}${KEY_SEPARATOR}${digest.digest('hex')}`;
}
