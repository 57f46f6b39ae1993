/** By this, a copy of the package knows the errors of another one: ES module and CommonJS may both be loaded. */
const REPORTED = Symbol.for('@backstop-cdk/backstop/reported-error');

/**
 * Backstop has the failure: it retries, undoes or keeps it. Answer your caller with 202, or with what `willRetry`
 * allows.
 *
 * @example
 * const pay = (call: () => Promise<Response>) =>
 *   call().catch((error) => {
 *     if (error instanceof ReportedError) return { statusCode: 202, body: error.id };
 *     throw error;
 *   });
 */
export class ReportedError extends Error {
  /** Stays when a bundler renames the class. */
  override readonly name = 'ReportedError';
  /** Id of the failure: `backstop trace ‹id›` shows its outcome. */
  readonly id: string;
  /** Whether Backstop repeats the call by itself. If not, it undoes what was done, or a human decides. */
  readonly willRetry: boolean;

  constructor(id: string, willRetry: boolean, cause: unknown) {
    super(`failure ${id} is reported; Backstop ${willRetry ? 'repeats the call' : 'does not repeat the call'}`, {
      cause,
    });
    this.id = id;
    this.willRetry = willRetry;
    Object.defineProperty(this, REPORTED, { value: true });
  }

  /** An error of another copy of the package is an instance, too. */
  static override [Symbol.hasInstance](value: unknown): value is ReportedError {
    const isReported = typeof value === 'object' && value !== null && REPORTED in value;
    // biome-ignore lint/complexity/noThisInStatic: a class that extends this one asks for its own instances.
    const { prototype } = this;
    return (
      isReported && (prototype === ReportedError.prototype || Object.prototype.isPrototypeOf.call(prototype, value))
    );
  }
}

/**
 * The call failed for good, so nobody repeats it. It is not reported.
 *
 * @example
 * const pay = (call: () => Promise<Response>) =>
 *   call().catch(async (error) => {
 *     if (error instanceof CallFailedError && error.statusCode === 402) return error.response?.json();
 *     throw error;
 *   });
 */
export class CallFailedError extends Error {
  /** Stays when a bundler renames the class. */
  override readonly name = 'CallFailedError';
  /** Status of the answer. @default - no answer came */
  readonly statusCode: number | undefined;
  /** The answer, with its body. @default - no answer came */
  readonly response: Response | undefined;

  constructor(message: string, response: Response | undefined, cause: unknown) {
    super(message, { cause });
    this.statusCode = response?.status;
    this.response = response;
  }
}

/**
 * The call or the report is one that Backstop could not take over. No call went out, and no report.
 *
 * @example
 * const mistakes = (call: () => Promise<Response>) =>
 *   call().catch((error) => (error instanceof InvalidReportError ? error.mistakes : []));
 */
export class InvalidReportError extends Error {
  /** Stays when a bundler renames the class. */
  override readonly name = 'InvalidReportError';
  /** All mistakes, each with its field, such as `operation.path must start with a slash`. They quote no values. */
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('; '));
    this.mistakes = mistakes;
  }
}

/**
 * The operation is too large, so Backstop could not take it over. No call went out, and no report. With `largeBodies`
 * of the pipeline, a body may have 5 MiB.
 *
 * @example
 * const store = (call: () => Promise<Response>) =>
 *   call().catch((error) => {
 *     if (error instanceof ReportTooLargeError) return `at most ${error.limit} bytes, got ${error.bytes}`;
 *     throw error;
 *   });
 */
export class ReportTooLargeError extends Error {
  /** Stays when a bundler renames the class. */
  override readonly name = 'ReportTooLargeError';
  /** Bytes of the body, or of the operation with its steps to undo, as JSON. */
  readonly bytes: number;
  /** Most bytes. */
  readonly limit: number;

  /** @param remedy what lets larger bodies through. @default - nothing does */
  constructor(bytes: number, limit: number, what = 'the operation with its steps to undo', remedy = '') {
    super(`${what} must have at most ${limit} bytes as JSON, got ${bytes}${remedy}`);
    this.bytes = bytes;
    this.limit = limit;
  }
}

/**
 * Neither the bus nor its queue took the report, so nobody repeats the call. Let your caller know, or return the
 * message to its queue. `cause` is the error of the last attempt to send.
 *
 * @example
 * const pay = (call: () => Promise<Response>) =>
 *   call().catch((error) => {
 *     if (error instanceof NotReportedError) return { statusCode: 503, body: error.id };
 *     throw error;
 *   });
 */
export class NotReportedError extends Error {
  /** Stays when a bundler renames the class. */
  override readonly name = 'NotReportedError';
  readonly id: string;

  constructor(id: string, cause: unknown) {
    super(`failure ${id} is not reported: neither the bus nor its queue took it`, { cause });
    this.id = id;
  }
}

/**
 * Nobody has called `pipeline.reportsFrom` for the function and the dependency.
 *
 * @example
 * const pay = (call: () => Promise<Response>) =>
 *   call().catch((error) => {
 *     if (error instanceof ReportsNotConfiguredError) return 'the CDK app must call pipeline.reportsFrom';
 *     throw error;
 *   });
 */
export class ReportsNotConfiguredError extends Error {
  /** Stays when a bundler renames the class. */
  override readonly name = 'ReportsNotConfiguredError';
}
