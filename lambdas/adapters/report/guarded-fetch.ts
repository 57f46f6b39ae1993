import { CHECKPOINT_HEADER } from '../../contract/checkpoint-header.ts';
import { CIRCUIT_OPEN } from '../../contract/circuit-open.ts';
import { CircuitOpenError } from '../../contract/errors.ts';
import type { ReportedDependency } from '../../contract/report-settings.ts';
import { withoutTrailingSlashes } from '../../contract/trailing-slashes.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import { answerCode } from '../../domain/boundary/answer-code.ts';
import { checkpointHeader, checkpointOf, resumedAt } from '../../domain/boundary/checkpoint.ts';
import { networkError } from '../../domain/boundary/network-error.ts';
import { relevantHeaders } from '../../domain/boundary/response-headers.ts';
import { countsAgainst } from '../../domain/circuit/dependency-fault.ts';
import { headerFailure } from '../../domain/classification/failed-success.ts';
import { type Judgement, judgeFailure } from '../../domain/report/judge-failure.ts';
import { bodyText, type ReportedOperation, typeOfBody } from '../../domain/report/operation-detail.ts';
import { type CircuitSource, circuitBreaker } from '../circuit/library.ts';

/** Makes a request, as the global `fetch` does. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

interface GuardedCall {
  readonly dependency: string;
  readonly settings: Extract<ReportedDependency, { readonly kind: 'http' }>;
  readonly operation: ReportedOperation;
  readonly correlationId: string;
  readonly tenant?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly circuits?: CircuitSource | undefined;
  /** Whether the call goes through a circuit. */
  readonly isGuarded: boolean;
  readonly fetch: Fetch;
}

/** A call that failed. */
interface FailedEnding extends Judgement {
  readonly kind: 'failed';
  readonly error: ReportedError;
  /** The operation as Backstop continues it: where the answer says that the call got. */
  readonly operation: ReportedOperation;
  readonly response?: Response | undefined;
  /** What the client threw, if no answer came. */
  readonly cause?: unknown;
}

/** How a call ended. */
export type Ending = { readonly kind: 'answered'; readonly response: Response } | FailedEnding;

const NOT_MODIFIED = 304;
/** Bodies that may say more than the status. */
const JUDGED_TYPES = /json|text|xml/i;
/** Most bytes of the body of an error that are read. A small answer may unfold to more than the function has. */
const MAX_BODY_BYTES = 65_536;

/** The dependency answered, and not with a success. */
class AnsweredError extends Error {
  readonly response: Response;
  readonly reported: ReportedError;

  constructor(response: Response, reported: ReportedError) {
    super(reported.message);
    this.response = response;
    this.reported = reported;
  }
}

/**
 * Calls an HTTP API through its shared circuit.
 *
 * @throws the reason of the caller's own signal
 */
export async function guardedFetch(call: GuardedCall): Promise<Ending> {
  const { dependency, settings, operation, tenant, signal, circuits } = call;
  const request = requestOf(call);
  const timeout = AbortSignal.timeout(settings.timeoutMs);
  const signals = AbortSignal.any([timeout, ...(signal ? [signal] : [])]);
  const reportOf = (error: unknown) => reportedOf(error, timeout, settings.timeoutMs);
  const judged = (error: ReportedError) => judgeFailure(error, operation, settings, Date.now());
  const isFailure = (error: unknown) => !signal?.aborted && countsAgainst(judged(reportOf(error)).verdict);
  const ask = () => answerOf(call.fetch, request.url, { ...request.init, signal: signals });
  const options = { circuits, isFailure, tenant: () => tenant };
  const send = call.isGuarded ? circuitBreaker(dependency, ask, options) : ask;
  try {
    return { kind: 'answered', response: await send() };
  } catch (error) {
    const response = error instanceof AnsweredError ? error.response : undefined;
    if (!response && signal?.aborted) throw signal.reason;
    // The function has no `reportsFrom`. That is not a failure of the dependency.
    if (error instanceof Error && error.name === 'CircuitNotConfiguredError') throw error;
    const facts = reportOf(error);
    const judgement = judged(facts);
    if (judgement.verdict.kind === 'expected' && response) return { kind: 'answered', response };
    const continued = resumedAt(operation, response && checkpointOf(response.headers));
    return {
      kind: 'failed',
      ...judgement,
      error: facts,
      operation: continued,
      response,
      cause: response ? undefined : error,
    };
  }
}

/** Throws for headers that no request can have, before anything is sent. */
function requestOf({ settings, operation, correlationId }: GuardedCall): {
  readonly url: URL;
  readonly init: RequestInit;
} {
  const { method = 'POST', path = '/', query = {}, ifMatch, checkpoint, body: given } = operation;
  // As Backstop reads it: synth can't normalize an address that only the deployment knows.
  const url = new URL(withoutTrailingSlashes(new URL(settings.baseUrl ?? '').href) + path);
  // As Backstop writes it: servers that don't parse forms read a plus sign as such.
  url.search = Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  const headers = new Headers(operation.headers);
  const body = bodyText(given);
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', typeOfBody(given));
  if (ifMatch !== undefined) headers.set('if-match', ifMatch);
  if (checkpoint !== undefined) headers.set(CHECKPOINT_HEADER, checkpointHeader(checkpoint));
  if (!headers.has('x-correlation-id')) headers.set('x-correlation-id', correlationId);
  // Backstop follows no redirect either, so the repeated call is the same one.
  return { url, init: { method, headers, redirect: 'manual', ...(body !== undefined && { body }) } };
}

/** Status and headers decide the result, as in the pipeline. A body that breaks off does not change it. */
async function answerOf(fetch: Fetch, url: URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  const { status, headers } = response;
  const said = response.ok ? headerFailure(status, headers) : undefined;
  if (said) throw new AnsweredError(readAgain(response, (await startOf(response)).content), said);
  if (response.ok || status === NOT_MODIFIED) return response;
  const { content, isWhole } = await startOf(response);
  const isJudged = isWhole && JUDGED_TYPES.test(headers.get('content-type') ?? '');
  const text = isJudged ? new TextDecoder().decode(content) : undefined;
  throw new AnsweredError(readAgain(response, content), {
    name: 'HttpError',
    message: `the dependency answered ${status}`,
    statusCode: status,
    code: answerCode(status, headers, text),
    headers: relevantHeaders(headers),
  });
}

/** Reads at most 64 KiB of the decoded body, as much as the pipeline judges, and drops the rest. */
async function startOf({
  body,
}: Response): Promise<{ readonly content: Uint8Array<ArrayBuffer>; readonly isWhole: boolean }> {
  const content = new Uint8Array(MAX_BODY_BYTES);
  let bytes = 0;
  let isWhole = true;
  try {
    for await (const chunk of body ?? []) {
      const fits = chunk.subarray(0, MAX_BODY_BYTES - bytes);
      content.set(fits, bytes);
      bytes += fits.length;
      isWhole = fits.length === chunk.length;
      // Leaving the loop cancels the body.
      if (!isWhole) break;
    }
  } catch {
    // The connection broke, or the time is over.
    isWhole = false;
  }
  return { content: content.slice(0, bytes), isWhole };
}

/**
 * The response with a body that is not read yet. The constructor of `Response` refuses some statuses and reason phrases
 * that servers send, so it gets none of them.
 */
function readAgain(
  { status, statusText, headers, url, redirected }: Response,
  content: Uint8Array<ArrayBuffer>,
): Response {
  const facts = { ok: false, status, statusText, headers, url, redirected };
  const values = Object.entries(facts).map(([name, value]) => [name, { value }] as const);
  const again: Response = Object.defineProperties(new Response(content), Object.fromEntries(values));
  // Its own method would clone the response without the facts.
  return Object.defineProperty(again, 'clone', { value: () => readAgain(again, content) });
}

function reportedOf(error: unknown, timeout: AbortSignal, timeoutMs: number): ReportedError {
  if (error instanceof AnsweredError) return error.reported;
  if (error instanceof CircuitOpenError) return CIRCUIT_OPEN;
  if (timeout.aborted) return { name: 'TimeoutError', message: `no answer within ${timeoutMs} ms` };
  // One call, and no redirect is followed.
  return { ...networkError(error), attempts: 1 };
}
