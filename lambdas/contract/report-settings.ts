import type { AcceptedInput, AwsSettings, HttpSettings, OwnRule } from './settings.ts';

/** Environment variable of a function that reports failures. It holds {@link ReportingSettings} as JSON. */
export const REPORTS_VARIABLE = 'BACKSTOP_REPORTS';

/** What a function knows of the pipeline that it reports to. */
export interface ReportingSettings {
  /** Name or ARN of the bus. */
  readonly bus: string;
  /** Name of the bucket for bodies that are too large for an event. @default - none */
  readonly bucket?: string;
  /** The dependencies whose failures the function reports, by name. */
  readonly dependencies: Readonly<Record<string, ReportedDependency>>;
}

/** A dependency, as the function that reports its failures sees it. */
export type ReportedDependency = (
  | ({ readonly kind: 'http' } & Pick<HttpSettings, 'baseUrl' | 'timeoutMs' | 'idempotencyKeys' | 'encodedSlashes'>)
  | Pick<AwsSettings, 'kind' | 'repeatable'>
) &
  AcceptedInput & {
    /** Source of the events. */
    readonly source: string;
    /** URL of the queue that takes a report while the bus does not. @default - none */
    readonly queue?: string;
    /** Rules of the dependency. @default - the built-in rules only */
    readonly rules?: readonly OwnRule[];
    /** Whether Backstop resolves a lost race (409, 412, 428). @default false */
    readonly resolvesConflicts?: boolean;
  };

/** Source of the events of a function, unless the dependency lists its sources. */
export const REPORT_SOURCE = 'backstop.report';
