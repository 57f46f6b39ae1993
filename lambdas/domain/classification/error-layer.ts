import { bodyFacts } from './answer-facts.ts';
import { type Calls, callsOf } from './calls.ts';
import { type Fields, objectIn, readField } from './fields.ts';
import { waitHeaders } from './wait-headers.ts';
import { listed } from './words.ts';

/** One error of a chain, with its facts where HTTP clients and drivers put them. */
export interface ErrorLayer extends Calls {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  /** Any HTTP status, 100 to 999. */
  readonly status?: number;
  /** Further names and numbers of the same error, such as the SQLSTATE. */
  readonly aliases: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly syscall: string;
  /** Carries fields that only gRPC clients set. */
  readonly isGrpc: boolean;
  /** Reply of a mail server. */
  readonly isSmtp: boolean;
  readonly retryable: boolean;
  readonly causes: readonly ErrorLayer[];
  /** Errors of calls that failed side by side. */
  readonly parts: readonly ErrorLayer[];
}

const MAX_DEPTH = 6;
const MAX_LAYERS = 20;
const MAX_ALIASES = 24;
const CAUSES = listed(
  'cause originalError original parent driverError innerError innerException inner info previous lastNodeError lastError',
);
const ALIASES = listed('number errno sqlState sqlstate SQLState codeName type errorCode error_code reason');
const RETRY_MARKS = listed('retriable retryable isRetryable');
const BODIES = listed('body data error extensions graphQLErrors');
const STATUSES = listed('statusCode status httpStatusCode status_code');

interface Walk {
  readonly seen: Set<unknown>;
}

/** Reads an error, its causes and its parts. Survives whatever somebody throws. */
export function readError(error: unknown): ErrorLayer {
  return layerOf(error, { seen: new Set() }, 0) ?? textLayer(typeof error === 'string' ? error : '');
}

function layerOf(error: unknown, walk: Walk, depth: number): ErrorLayer | undefined {
  if (typeof error === 'string') return depth === 0 ? textLayer(error) : undefined;
  if (typeof error !== 'object' || error === null || walk.seen.has(error)) return undefined;
  if (depth > MAX_DEPTH || walk.seen.size >= MAX_LAYERS) return undefined;
  walk.seen.add(error);
  const fields = error as Fields;
  const response = objectIn(fields, 'response');
  const details = detailsOf(fields, response);
  const nested = (values: readonly unknown[]) =>
    values.map((value) => layerOf(value, walk, depth + 1)).filter((layer) => layer !== undefined);
  const causes = nested([...CAUSES.map((key) => readField(fields, key)), ...listIn(fields, 'causes')]);
  const parts = partsOf(fields);
  const protocol = readField(fields, 'protocol');
  const status = statusOf(fields, response);
  return {
    ...namesOf(fields),
    message: [textIn(fields, 'message') || textIn(fields, 'Cause'), details.message].filter(Boolean).join('\n'),
    status,
    aliases: [...new Set([...aliasesOf(fields), ...details.words])].slice(0, MAX_ALIASES),
    headers: headersOf(readField(fields, 'headers') ?? readField(response, 'headers')),
    syscall: textIn(fields, 'syscall'),
    isGrpc:
      protocol === 'grpc' ||
      (typeof readField(fields, 'details') === 'string' && objectIn(fields, 'metadata') !== undefined),
    isSmtp: protocol === 'smtp' || isPresent(readField(fields, 'responseCode')),
    retryable:
      RETRY_MARKS.some((key) => readField(fields, key) === true) || readField(fields, '$retryable') !== undefined,
    ...callsOf(fields),
    causes,
    // What is not read proves nothing.
    parts: [...nested(parts.slice(0, MAX_LAYERS)), ...(isCut(parts, walk, depth) ? [textLayer('')] : [])],
  };
}

function textLayer(message: string): ErrorLayer {
  const nothing = {
    aliases: [],
    headers: {},
    syscall: '',
    isGrpc: false,
    isSmtp: false,
    retryable: false,
    attempts: 1,
    isCounted: false,
  };
  return { name: '', code: '', message, ...nothing, causes: [], parts: [] };
}

function textIn(fields: Fields | undefined, key: string): string {
  const value = readField(fields, key);
  return typeof value === 'string' ? value : '';
}

function listIn(fields: Fields, key: string): readonly unknown[] {
  const value = readField(fields, key);
  return Array.isArray(value) ? value : [];
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function wordOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '';
}

/** Step Functions calls name and message of an error `Error` and `Cause`. */
function namesOf(fields: Fields): Pick<ErrorLayer, 'name' | 'code'> {
  const name = textIn(fields, 'name') || textIn(fields, 'Error');
  return { name, code: wordOf(readField(fields, 'responseCode') ?? readField(fields, 'code')) };
}

function aliasesOf(fields: Fields): readonly string[] {
  const oracle = readField(fields, 'errorNum');
  const status = textIn(fields, 'status');
  return [
    // The number of a mail server's reply takes its place.
    isPresent(readField(fields, 'responseCode')) ? wordOf(readField(fields, 'code')) : '',
    ...listIn(fields, 'words').map(wordOf),
    ...ALIASES.map((key) => wordOf(readField(fields, key))),
    // Google's errors have the name of the gRPC status here.
    /^[A-Z_]{2,40}$/.test(status) ? status : '',
    typeof oracle === 'number' ? `ORA-${String(oracle).padStart(5, '0')}` : '',
  ].filter((word) => word !== '' && !word.startsWith('-'));
}

function statusOf(fields: Fields, response: Fields | undefined): number | undefined {
  const metadata = objectIn(fields, '$metadata');
  const found = [
    ...STATUSES.map((key) => readField(fields, key)),
    readField(metadata, 'httpStatusCode'),
    ...STATUSES.map((key) => readField(response, key)),
  ];
  return found.map(toStatus).find((status) => status !== undefined);
}

function toStatus(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 100 && number <= 999 ? number : undefined;
}

/** Facts of the response's body, if the client keeps it parsed. */
function detailsOf(fields: Fields, response: Fields | undefined) {
  const bodies = [
    readField(response, 'data'),
    readField(response, 'body'),
    ...BODIES.map((key) => readField(fields, key)),
  ];
  bodies.push(listIn(fields, 'errors').filter((item) => !isErrorLike(item)));
  const facts = bodies.filter(isBody).map(bodyFacts);
  return {
    words: facts.flatMap(({ words }) => words),
    message: facts.map(({ message = '' }) => message).find(Boolean) ?? '',
  };
}

/** Whether a value may say something as the body of a response. */
function isBody(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === 'object' && value !== null && !(value instanceof Error);
}

function partsOf(fields: Fields): readonly unknown[] {
  const inner = objectIn(fields, 'innerErrors');
  return [...listIn(fields, 'errors'), ...(inner ? Object.values(inner) : [])].filter(isErrorLike);
}

/** Whether the limits kept a part from being read. */
function isCut(parts: readonly unknown[], { seen }: Walk, depth: number): boolean {
  return parts.length > MAX_LAYERS || (parts.length > 0 && depth >= MAX_DEPTH) || parts.some((part) => !seen.has(part));
}

function isErrorLike(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (
    value instanceof Error || 'name' in value || 'code' in value || statusOf(value as Fields, undefined) !== undefined
  );
}

function headersOf(headers: unknown): Readonly<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null) return {};
  try {
    const entries =
      Symbol.iterator in headers ? [...(headers as Iterable<[string, unknown]>)] : Object.entries(headers);
    return waitHeaders(entries);
  } catch {
    return {};
  }
}
