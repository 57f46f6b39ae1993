import type { Method } from '../../contract/methods.ts';
import { CallFailedError, InvalidReportError } from '../../contract/report-errors.ts';
import type { ReportedOperation } from '../../domain/report/operation-detail.ts';
import type { ReportOptions } from '../../domain/report/report-detail.ts';
import type { CircuitSource } from '../circuit/library.ts';
import { environmentReports } from './environment-reports.ts';
import type { Fetch } from './guarded-fetch.ts';
import { checked, type Reportable, send } from './report-failure.ts';
import type { ReportSource } from './report-source.ts';

/**
 * One call of {@link DependencyClient.fetch}.
 *
 * @example
 * const options: FetchOptions = { id: 'order-1-charge', body: { amount: 4200 }, tenant: 'acme' };
 */
export interface FetchOptions extends ReportOptions, Omit<ReportedOperation, 'method' | 'path'> {
  /** @default - POST with a body, otherwise GET */
  readonly method?: Method;
  /** Cancels the call. A cancelled call is not reported: its caller has given it up. */
  readonly signal?: AbortSignal;
}

/**
 * The options of {@link backstop}, for tests.
 *
 * @example
 * const options: BackstopOptions = {
 *   reports: memoryReports(),
 *   fetch: async () => new Response(null, { status: 503 }),
 * };
 * const payments = backstop('payments', options);
 */
export interface BackstopOptions {
  /** Where reports go. @default - to the pipeline that `pipeline.reportsFrom` connected the function with */
  readonly reports?: ReportSource;
  /** Where to find the circuits. @default - those of the pipeline; with `reports`, none */
  readonly circuits?: CircuitSource;
  /** Makes each request once, and follows no redirect. @default - the global `fetch` */
  readonly fetch?: Fetch;
}

/**
 * A dependency whose failures Backstop takes over.
 *
 * @example
 * const payments: DependencyClient = backstop('payments');
 */
export interface DependencyClient {
  /**
   * Calls an HTTP API through its shared circuit, within the timeout of the config. Follows no redirect.
   *
   * The call has an id: `id`, or a header `idempotency-key` in the form of an id. If the dependency honours idempotency
   * keys, the id is the key of the call.
   *
   * @param path below the base URL, without a query
   * @returns the answer, if it is a success
   * @throws ReportedError if the failure may pass: Backstop has it now
   * @throws CallFailedError if it will not
   * @throws InvalidReportError or ReportTooLargeError before the call, if Backstop could not take it over
   * @throws NotReportedError if the call failed, and the report, too
   */
  fetch(path: string, options?: FetchOptions): Promise<Response>;
}

/**
 * Calls a dependency, and hands what fails to Backstop. `pipeline.reportsFrom(fn, dependency)` connects the function.
 *
 * @param dependency its name in the config of the pipeline
 * @example
 * const payments = backstop('payments');
 * const charge = (order: { id: string; amount: number }) =>
 *   payments.fetch('/charges', { id: `${order.id}-charge`, body: { amount: order.amount } });
 */
export function backstop(dependency: string, options: BackstopOptions = {}): DependencyClient {
  return { fetch: (path, call = {}) => callOrReport(dependency, path, call, options) };
}

async function callOrReport(
  dependency: string,
  path: string,
  call: FetchOptions,
  { reports: given, circuits, fetch = globalThis.fetch }: BackstopOptions,
): Promise<Response> {
  const reports = given ?? environmentReports();
  const { id, tenant, correlationId, priority, undo, fallback, signal, ...request } = call;
  const operation = { method: call.body === undefined ? 'GET' : 'POST', ...request, path } as const;
  const failed = { dependency, id, tenant, correlationId, priority, undo, fallback, operation };
  const reportable = withIdempotencyKey(await checked(failed, reports));
  const { attempted, dependency: settings, inSaga } = reportable;
  if (settings.kind !== 'http')
    throw new InvalidReportError([`fetch calls HTTP APIs, '${dependency}' is a ${settings.kind}`]);
  const { guardedFetch } = await import('./guarded-fetch.ts');
  const ending = await guardedFetch({
    dependency,
    settings,
    operation: attempted.operation,
    correlationId: attempted.correlationId ?? attempted.id,
    tenant,
    signal,
    circuits,
    isGuarded: given === undefined || circuits !== undefined,
    fetch(url, init) {
      inSaga?.leaves();
      return fetch(url, init);
    },
  });
  if (ending.kind === 'answered') return ending.response;
  const { error, response, cause, passes, verdict } = ending;
  if (verdict.effect === 'none') inSaga?.isOver();
  const final = new CallFailedError(error.message ?? 'the call failed', response, cause);
  // Backstop gives up what is permanent, and undoes what was done before.
  if (!passes && !reportable.isHalfDone()) throw final;
  throw await send({ ...reportable, attempted: { ...attempted, operation: ending.operation } }, error, reports, final);
}

/** The key of the call is the one of its repetitions. An id belongs to its tenant, and so must a key. */
function withIdempotencyKey(reportable: Reportable): Reportable {
  const { attempted, dependency } = reportable;
  const { headers = {} } = attempted.operation;
  const hasKey = Object.keys(headers).some((name) => name.toLowerCase() === 'idempotency-key');
  if (dependency.kind !== 'http' || !dependency.idempotencyKeys || hasKey) return reportable;
  const key = attempted.tenant === undefined ? attempted.id : `${attempted.tenant}/${attempted.id}`;
  const operation = { ...attempted.operation, headers: { ...headers, 'idempotency-key': key } };
  return { ...reportable, attempted: { ...attempted, operation } };
}
