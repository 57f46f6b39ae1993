import type { DependencyOf } from '../../domain/report/report-detail.ts';

/** A failure on its way to the bus. */
export interface Report {
  readonly id: string;
  readonly dependency: string;
  /** The detail of the event, as JSON. */
  readonly detail: string;
}

/**
 * Where reports go. Take it as a parameter to test a function without a bus.
 *
 * @example
 * const paymentsWith = (reports?: ReportSource) => backstop('payments', { reports });
 * const payments = paymentsWith(memoryReports());
 */
export interface ReportSource {
  readonly dependencyOf: DependencyOf;
  /** Hands a report over. @throws the error that kept it from being kept anywhere */
  send(report: Report): Promise<void>;
}
