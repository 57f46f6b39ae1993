import { isPlainObject, jsonRoundTripProblem } from '../../contract/json-round-trip.ts';
import type { Method } from '../../contract/methods.ts';
import { InvalidReportError } from '../../contract/report-errors.ts';
import type { ReportedDependency } from '../../contract/report-settings.ts';
import { isRefusedHeader } from '../boundary/http-request.ts';

/** A call to a dependency, to be repeated or to undo a step. */
export interface ReportedOperation {
  /** @default 'POST' */
  readonly method?: Method;
  /** Below the base URL of an HTTP API. @default '/' */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Those that Backstop refuses, such as `authorization`, are left out of a report. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A string goes out as it is, anything else as JSON. */
  readonly body?: unknown;
  /** What the operation changes, if the path doesn't tell. */
  readonly resourceId?: string;
  /** The version that the write is based on, sent as `If-Match`. */
  readonly ifMatch?: string;
  /** The state that the write is based on, for merging. */
  readonly base?: unknown;
  /** Where a paginated read continues, sent as `backstop-checkpoint`. For HTTP APIs only. */
  readonly checkpoint?: string;
}

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain;charset=UTF-8';

/** The text of a body, as it goes out. Undefined without a body. @throws InvalidReportError if it can't be JSON */
export function bodyText(body: unknown): string | undefined {
  return typeof body === 'string' || body === undefined ? body : jsonText(body);
}

/** The type of a body without a `content-type` header. */
export function typeOfBody(body: unknown): string {
  return typeof body === 'string' ? TEXT_TYPE : JSON_TYPE;
}

/**
 * The operation as an event carries it. It is the call that was made: a body that another service could change when it
 * reads and writes JSON travels as text.
 *
 * @throws InvalidReportError if body or base can't be JSON
 */
export function operationDetail(
  given: ReportedOperation,
  dependency: ReportedDependency,
): Readonly<Record<string, unknown>> {
  const { method = 'POST', path = '/', query, headers, resourceId, ifMatch, base, checkpoint } = given;
  const kept = { method, path, query, resourceId, ifMatch, base, checkpoint };
  const { kind } = dependency;
  if (kind === 'lambda') return { ...kept, headers, body: given.body };
  const text = bodyText(given.body);
  const isText = text === undefined || typeof given.body === 'string' || mayChange(text);
  const body = isText ? text : given.body;
  if (kind !== 'http') return { ...kept, headers, body };
  return { ...kept, body, headers: keptHeaders(given, isText && text !== undefined, dependency) };
}

function keptHeaders({ headers = {}, body }: ReportedOperation, isText: boolean, dependency: ReportedDependency) {
  // The check of the whole operation refuses any other value, and names the field.
  if (!isPlainObject(headers)) return headers;
  const entries = Object.entries(headers).filter(([name]) => !isRefusedHeader(name, dependency));
  const names = entries.map(([name]) => name.toLowerCase());
  if (isText && !names.includes('content-type')) entries.push(['content-type', typeOfBody(body)]);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** Whether a service that parses and writes the JSON could change it, or takes it for absent. */
function mayChange(text: string): boolean {
  const value: unknown = JSON.parse(text);
  return value === null || jsonRoundTripProblem(value) !== undefined;
}

function jsonText(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // A cycle, or a BigInt.
  }
  if (text === undefined)
    throw new InvalidReportError(['operation.body must be a string, or a value that JSON can hold']);
  return text;
}
