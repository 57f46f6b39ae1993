import { bodyFacts } from './answer-facts.ts';

const MAX_LENGTH = 4_000;
const STACK = /\n\s{1,16}(?:at |File ")|\nTraceback |\n\tat /;
/** A key of JSON. Its words describe the text's form, not the error. Go quotes a URL like this, too. */
const JSON_KEY = /"[^"\\\n/]{0,100}"\s{0,8}:/g;

/** A message as rules read it. */
export interface ReadMessage {
  /** Without the stack that follows, and without the keys of JSON. */
  readonly text: string;
  /** Names in the JSON that the message is. */
  readonly words: readonly string[];
}

/** Reads a message. Of JSON, as Lambda and Step Functions give the error of a function, the message within counts. */
export function readMessage(message: string): ReadMessage {
  const json = jsonFacts(message);
  return { text: withoutNoise(json?.message ?? message), words: json?.words ?? [] };
}

function withoutNoise(message: string): string {
  const text = message.slice(0, MAX_LENGTH);
  const stack = STACK.exec(text);
  return (stack ? text.slice(0, stack.index) : text).replace(JSON_KEY, ' ');
}

/** Data within a sentence: `field 'timeout'`. Quotes elsewhere hold the error itself, as in Python's tuples. */
const QUOTED_DATA = /(?<=\w )(["'`])[^"'`\n]{1,200}\1/g;
const EMAIL = /[\w.+-]{1,64}@[\w.-]{1,200}/g;
const URL_TEXT = /https?:\/\/[^\s"'<>]{1,2000}/g;

/** A message without data that it quotes, and without addresses. */
export function plainText(message: string): string {
  const withoutUrls = message.replace(URL_TEXT, (url) => (url.endsWith(':') ? ' :' : ' '));
  return withoutUrls.replace(QUOTED_DATA, '…').replace(EMAIL, ' ');
}

/**
 * What a message quotes from another error. It does not prove the effect: the other error may belong to another call.
 */
export interface Quoted {
  readonly status?: number;
  readonly words: readonly string[];
}

/** Each pattern captures a status. The name of the client or the phrase around it says that it is one. */
const STATUSES: readonly RegExp[] = [
  /\bStatus ?Code: (\d{3})\b/,
  /\b(?:status code|(?:with|returned|responded|replied|answered|HTTP)(?: an?)? status|status(?=[:=(])|HTTP(?:\/[\d.]{1,3})?|HTTP(?: status| error| code| response code| status code)|response code|returned error|answered|responded with|unexpected server response)(?: client error| server error)?[ :=(]{1,3}(\d{3})\b/i,
  /\bdoes not indicate success: (?:[A-Za-z]{1,40} \()?(\d{3})\b/,
  // httpx, and SDKs of Python on top of it; aiohttp.
  /^(?:Server|Client) error '(\d{3}) /,
  /^Error code: (\d{3})\b/,
  /^(\d{3}), message=/,
  /\b(?:resulted in a `|googleapi: Error |returned an error: \()(\d{3})\b/,
  /^(\d{3}) (?:Client|Server) Error\b/,
  /^(?:\w{1,40}: )?(\d{3}):? (?=\{|"?(?:Bad Request|Unauthorized|Forbidden|Not Found|Request Time-?out|Conflict|Gone|Precondition|Payload Too|Unprocessable|Too Many|Internal Server|Not Implemented|Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time-?out))/i,
  /^An error occurred \((\d{3})\)/,
];

const SERVICE_STATUS = /\(Service: [^();,]{1,80}[;,] Status Code: (\d{3})\b/g;

/** Each pattern captures a name or a code. */
const WORDS: readonly RegExp[] = [
  // AWS SDKs of Java, Python, Go, Rust and C++.
  /\bError Code: ([\w.]{2,100})/,
  /\bAn error occurred \(([A-Za-z][\w.]{1,99})\)/,
  /\bapi error ([A-Z]\w{2,99}):/,
  /\bStatusCode: \d{3}, RequestID: [^,\n]{0,100}, (?:HostID: [^,\n]{0,200}, )?([A-Z]\w{2,99}):/,
  /\bunhandled error \(([A-Z]\w{2,99})\)/,
  // gRPC of Node, Go, Java and Python.
  /^(?:\w{1,40}: )?\d{1,2} ([A-Z_]{5,20}): /,
  /\bStatusRuntimeException: ([A-Z_]{5,20})/,
  /\bStatusCode\.([A-Z_]{5,20})/,
  // Types of model providers, in Python's dictionaries.
  /'type': '(\w{2,60}_error)'/,
  // SQLSTATEs, and numbers of MySQL, SQL Server and Oracle.
  /\bSQLSTATE[ :=[(]{0,3}((?!HY000)[0-9A-Z]{5})\b/,
  /\bSQLSTATE\[HY000\] \[(\d{4})\]/,
  /\(SQLSTATE ([0-9A-Z]{5})\)/,
  /(?:^|\) )\((\d{4}), ["']/,
  /^ERROR (\d{4}) \(|^Error (\d{4})(?: \(|:)/,
  /\bMsg (\d{3,5}), Level|\bError Number:? ?(\d{3,5})\b/,
  /\b((?:ORA|NJS|DPY|DPI|TNS)-\d{3,5})\b/,
  // AMQP, and systems that end a message with the name.
  /\bclosed(?: by server)?: \d{3} \(([A-Z_-]{4,30})\)/,
  /\(([A-Z][A-Z0-9]{1,30}(?:_[A-Z0-9]{1,30}){1,6})\)\s{0,3}$/,
  // Slack, and libcurl.
  /\bAn API error occurred: (\w{2,60})/,
  /\b(cURL error \d{1,2})\b/i,
];

/** gRPC of .NET and Go. */
const GRPC_NAMES: readonly RegExp[] = [/\bStatus\(StatusCode="?([A-Z]\w{1,30})/, /\brpc error: code = ([A-Z]\w{1,30})/];

/** `PermissionDenied` is `PERMISSION_DENIED`. */
function grpcStatus(name: string): string {
  const status = name.replace(/([a-z])(?=[A-Z])/g, '$1_').toUpperCase();
  return status === 'CANCELED' ? 'CANCELLED' : status;
}

/** A name at the start: `WriteTimeout: …`, or all of the message: `es_rejected_execution_exception`. */
const LEADING_WORD =
  /^\W?(?=[A-Za-z0-9]{0,40}(?:[A-Z_.$:]|[A-Z]{3}))([A-Za-z][A-Za-z0-9]{1,40}(?:[_.$:]{1,2}[A-Za-z0-9]{1,40}){0,12})(?=: |:?$|\s*\[)/;

/** Finds what the text of a message quotes. `raw` is the message with its JSON. */
export function quotedFacts(text: string, raw: string): Quoted {
  const start = raw.slice(0, MAX_LENGTH);
  // The SDK for Java appends its own answer, after whatever the message quotes.
  const own = [...start.matchAll(SERVICE_STATUS)].at(-1)?.[1];
  const [status] = [...(own === undefined ? [] : [own]), ...captures(start, STATUSES), ...captures(text, STATUSES)].map(
    Number,
  );
  const words = [...captures(text, GRPC_NAMES).map(grpcStatus), ...captures(text, [...WORDS, LEADING_WORD])];
  return { words, ...(status !== undefined && status >= 300 && { status }) };
}

const MAX_JSON = 65_536;
const ERROR_TYPE = /"errorType"\s{0,8}:\s{0,8}"([^"\\]{1,256})"/;
const ERROR_MESSAGE = /"errorMessage"\s{0,8}:\s{0,8}"([^"\\]{1,1000})/;

/** Lambda and Step Functions give the error of a function as JSON, which may have been cut. */
function jsonFacts(message: string): { readonly words: readonly string[]; readonly message?: string } | undefined {
  const start = message.search(/[[{]/);
  if (start < 0 || start > 40 || !/^(?:\d{3}\s)?\W?\s*$/.test(message.slice(0, start))) return undefined;
  const json = message.slice(start, start + MAX_JSON);
  try {
    return bodyFacts(JSON.parse(json));
  } catch {
    const [type, text] = [ERROR_TYPE.exec(json)?.[1], ERROR_MESSAGE.exec(json)?.[1]];
    if (type === undefined && text === undefined) return undefined;
    return { words: type === undefined ? [] : [type], ...(text !== undefined && { message: text }) };
  }
}

function captures(text: string, patterns: readonly RegExp[]): readonly string[] {
  return patterns.flatMap((pattern) => (pattern.exec(text) ?? []).slice(1, 3).filter((found) => found !== undefined));
}
