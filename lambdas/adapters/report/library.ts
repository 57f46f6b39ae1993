/**
 * `@backstop-cdk/backstop/report`: hand failures to Backstop from your own functions.
 *
 * @module @backstop-cdk/backstop/report
 */

export {
  CallFailedError,
  InvalidReportError,
  NotReportedError,
  ReportedError,
  ReportsNotConfiguredError,
  ReportTooLargeError,
} from '../../contract/report-errors.ts';
export { reportErrors, reportedRecords } from './batch.ts';
export { type BackstopOptions, backstop, type DependencyClient, type FetchOptions } from './dependency-client.ts';
export { type MemoryReports, memoryReports } from './memory-reports.ts';
export { type FailedCall, reportFailure } from './report-failure.ts';
export type { ReportSource } from './report-source.ts';
export { type StepwiseOrder, saga } from './saga.ts';
