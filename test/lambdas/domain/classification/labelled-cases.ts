import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportedError, VerdictKind } from '../../../../lambdas/contract/verdict.ts';

/** An error as a driver, an SDK or a service reports it. */
export interface LabelledCase {
  readonly name: string;
  readonly error: ReportedError;
  /** Verdicts that are right by the source: any of these. */
  readonly expected: readonly VerdictKind[];
  readonly source: string;
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as T;
}

/** Errors that the rules were built with. */
export const CASES = read<readonly LabelledCase[]>('cases.json');
/** Errors that were written down before anybody looked at what the rules say of them. The rules were fitted since. */
export const MORE_CASES = read<readonly LabelledCase[]>('more-cases.json');

/**
 * The 2,874 errors that the service models of AWS declare (botocore 1.43.107, `botocore/data`): name, status if the
 * model has one, and verdicts that fit.
 *
 * Derived once from every shape with `exception: true`. The name is `error.code`, else the shape's. A `retryable`
 * trait, 429 or a name in botocore's `ThrottledRetryableChecker` is transient or throttled; `fault: true` or a 5xx is
 * transient or throttled. Everything else is the caller's: permanent, or a conflict where status (409, 412) or name
 * says so. Where the name itself asks to wait (`…NotReady`, `…InProgress`, `…Unavailable`), transient is right as well,
 * and where it names a limit, throttled.
 */
export const AWS_ERRORS =
  read<readonly (readonly [name: string, status: number | null, expected: string])[]>('aws-errors.json');

/** What proves that a call had no effect, and codes of connections that broke midway. */
export const PROOFS = read<
  Readonly<Record<'codes' | 'names' | 'messages' | 'midway', readonly string[]>> & {
    readonly statuses: readonly number[];
  }
>('proofs.json');
