import { CIRCUIT_OPEN } from '../../contract/circuit-open.ts';
import { saysThatCircuitIsOpen } from '../../contract/errors.ts';
import {
  InvalidReportError,
  NotReportedError,
  ReportedError,
  ReportsNotConfiguredError,
} from '../../contract/report-errors.ts';
import type { ReportedDependency } from '../../contract/report-settings.ts';
import type { ReportedError as ErrorFacts } from '../../contract/verdict.ts';
import type { ReportedOperation } from '../../domain/report/operation-detail.ts';
import type { Attempted, ReportContext, ReportedStep, ReportOptions } from '../../domain/report/report-detail.ts';
import { idOf } from '../../domain/report/report-id.ts';
import { reportedIn } from '../../domain/report/reported-in.ts';
import { environmentReports } from './environment-reports.ts';
import type { ReportSource } from './report-source.ts';
import { position, type SagaCall } from './saga-position.ts';

/** A failure that can be reported: checked, with its id. */
export interface Reportable {
  readonly attempted: Attempted & { readonly id: string };
  readonly dependency: ReportedDependency;
  /** The call in its saga. Undefined outside of one. */
  readonly inSaga: SagaCall | undefined;
  /** What Backstop must undo if it gives the call up, as of now. */
  undo(): readonly ReportedStep[] | undefined;
  /** Whether anything is to be undone besides the call. */
  isHalfDone(): boolean | undefined;
}

/**
 * A failure to report: the call that failed, and what else Backstop must know.
 *
 * @example
 * const operation = { path: '/charges', body: { amount: 1 } };
 * const failed: FailedCall = { dependency: 'payments', id: 'order-1-charge', operation };
 */
export interface FailedCall extends ReportOptions {
  /** Name of the dependency in the config of the pipeline. */
  readonly dependency: string;
  /** The call that failed, to be repeated. */
  readonly operation: ReportedOperation;
  /**
   * How often your client made the call, redirects included. With 1, an error such as `ECONNREFUSED` proves that
   * nothing happened. With more, no error does.
   * @default - what the error tells
   */
  readonly attempts?: number;
}

/**
 * Hands a failure to Backstop: of an AWS SDK client, of a database, of anything but {@link backstop}'s own `fetch`.
 *
 * @param error what the client threw. A `ReportedError` comes back as it is, also from the causes of the error
 * @param failed the call to repeat
 * @returns the error for your caller
 * @throws InvalidReportError with all mistakes, ReportTooLargeError, ReportsNotConfiguredError or NotReportedError
 * @example
 * const resize = async (image: string, invoke: () => Promise<unknown>) =>
 *   invoke().catch(async (error) => {
 *     const failed = { dependency: 'resize', id: `resize-${image}`, operation: { body: { image } } };
 *     throw await reportFailure(error, failed);
 *   });
 */
export async function reportFailure(
  error: unknown,
  failed: FailedCall,
  { reports = environmentReports() }: { readonly reports?: ReportSource } = {},
): Promise<ReportedError> {
  const known = reportedIn(error);
  if (known) return known;
  const reportable = await checked(failed, reports);
  const { reportedError } = await import('../../domain/boundary/reported-error.ts');
  const told = reportedError(error);
  const { attempts = told.attempts } = failed;
  // Around the circuit, something may have tried several times.
  const wasOpen = saysThatCircuitIsOpen(error, failed.dependency) && (attempts ?? 1) === 1;
  return send(reportable, wasOpen ? CIRCUIT_OPEN : { ...told, attempts }, reports, error);
}

/**
 * Checks, before the call, that its failure could be reported. Adds what the saga knows. The rules are those of the
 * pipeline itself; they load at the first call, to keep the start of the function short.
 *
 * @throws InvalidReportError, ReportTooLargeError, ReportsNotConfiguredError
 */
export async function checked(given: FailedCall, source: ReportSource): Promise<Reportable> {
  // Before anything is awaited: the calls of a step have their numbers in the order in which they begin.
  const inSaga = position.getStore()?.call(given);
  const id = idOf(given) ?? inSaga?.defaultId();
  const dependency = source.dependencyOf(given.dependency);
  if (!dependency) {
    const remedy = `call pipeline.reportsFrom(fn, '${given.dependency}') for this function in the CDK app`;
    throw new ReportsNotConfiguredError(`this function does not report failures of '${given.dependency}': ${remedy}`);
  }
  const { checkAttempted } = await import('../../domain/report/report-detail.ts');
  const undo = () => given.undo ?? inSaga?.undo();
  const attempted = { ...given, id, correlationId: given.correlationId ?? inSaga?.order, undo: undo() };
  checkAttempted(attempted, contextOf(source));
  if (id === undefined) throw new InvalidReportError(['id is missing']);
  const isHalfDone = () => given.undo?.some(({ undoes }) => undoes !== 'operation') ?? inSaga?.isHalfDone();
  return { attempted: { ...attempted, id }, dependency, inSaga, undo, isHalfDone };
}

/**
 * Sends the report.
 *
 * @returns the error for the caller of the failed call
 * @throws NotReportedError
 */
export async function send(
  { attempted, dependency, inSaga, undo }: Reportable,
  facts: ErrorFacts,
  source: ReportSource,
  cause: unknown,
): Promise<ReportedError> {
  const { detailOf } = await import('../../domain/report/report-detail.ts');
  const { judgeFailure } = await import('../../domain/report/judge-failure.ts');
  const context = contextOf(source);
  const { id, operation } = attempted;
  const { verdict, willRetry } = judgeFailure(facts, operation, dependency, context.now);
  // Other steps may have ended since the check.
  const { text: detail, bodies } = detailOf({ ...attempted, undo: undo() }, facts, context);
  try {
    await source.send({ id, dependency: attempted.dependency, detail, bodies });
  } catch (error) {
    if (verdict.effect !== 'none') inSaga?.leaves();
    throw new NotReportedError(id, error);
  }
  inSaga?.isOver();
  return new ReportedError(id, willRetry, cause);
}

function contextOf({ dependencyOf, takesBodies }: ReportSource): ReportContext {
  return { dependencyOf, now: Date.now(), newToken: takesBodies ? () => crypto.randomUUID() : undefined };
}
