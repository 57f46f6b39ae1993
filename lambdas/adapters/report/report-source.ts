import type { StoredBody } from '../../domain/report/claimed-bodies.ts';
import type { DependencyOf } from '../../domain/report/report-detail.ts';

/** A failure on its way to the bus. */
export interface Report {
  readonly id: string;
  readonly dependency: string;
  /** The detail of the event, as JSON. */
  readonly detail: string;
  /** Objects that the event names. Each must be in the bucket before the event is sent. */
  readonly bodies: readonly StoredBody[];
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
  /** Whether {@link ReportSource.send} takes bodies that are too large for an event. @default false */
  readonly takesBodies?: boolean;
  /** Hands a report over. @throws the error that kept it from being kept anywhere */
  send(report: Report): Promise<void>;
}
