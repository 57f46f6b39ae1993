import { listed } from './words.ts';

/** What the body of a response says about its error. */
export interface AnswerFacts {
  /** Names and codes, the most specific first. */
  readonly words: readonly string[];
  readonly message?: string;
}

const MAX_TEXT = 65_536;
const MAX_DEPTH = 4;
const MAX_ITEMS = 5;
/** Fields that hold a code, the most specific first. A `name` or a `title` may be somebody's. */
const WORD_KEYS = listed('__type reason errorCode error_code errorType code Code category type Type status error');
const MESSAGE_KEYS = listed(
  'message Message errorMessage error_description detail error error_message StoppedReason Cause cause',
);
const NESTED_KEYS = listed('errors details error Error fault extensions');
const WORD_HEADERS = listed('x-amzn-errortype x-ms-error-code x-amz-error-code x-error-code');
/** A name or a code, not a sentence: bodies may quote data. */
const WORD = /^[A-Za-z][\w.#:/-]{1,127}$/;
const XML_CODE = /<(?:Code|code|ErrorCode|errorcode)>\s{0,8}([A-Za-z][\w.]{1,127})\s{0,8}</;
/** The sender's fault in SOAP 1.1 and 1.2. HTTP's status is 500 for any fault. */
const SOAP_CLIENT_FAULT =
  /<(?:\w{1,20}:)?(?:faultcode|Value)(?: [^<>]{0,200})?>\s{0,8}(?:\w{1,20}:)?(?:Client|Sender)(?:\.[\w.]{1,60})?\s{0,8}</;
const XML_MESSAGE = /<(?:Message|message)>([^<]{1,500})</;

/**
 * Derives an error's names and message from a response, in the formats of AWS, Azure, Google, GitHub, Salesforce and
 * Problem Details (RFC 9457). Never log the message: it may quote data.
 */
export function answerFacts(headers: Iterable<readonly [string, string]>, text: string | undefined): AnswerFacts {
  const named = [...headers]
    .filter(([name]) => WORD_HEADERS.includes(name.toLowerCase()))
    .map(([, value]) => wordIn(value))
    .filter((word) => word !== undefined);
  const { words, message } = text === undefined ? NOTHING : textFacts(text.slice(0, MAX_TEXT));
  return { words: [...new Set([...named, ...words])], message: message || undefined };
}

const NOTHING: AnswerFacts = { words: [] };

function textFacts(text: string): AnswerFacts {
  const trimmed = text.trim();
  if (trimmed.startsWith('<')) {
    const code = XML_CODE.exec(trimmed)?.[1];
    const message = XML_MESSAGE.exec(trimmed)?.[1];
    const soap = SOAP_CLIENT_FAULT.test(trimmed) ? ['SoapClientFault'] : [];
    return { words: [...soap, ...(code === undefined ? [] : [code])], message: message || undefined };
  }
  if (!/^[[{]/.test(trimmed)) return { words: [], message: trimmed.slice(0, 500) };
  try {
    return bodyFacts(JSON.parse(trimmed));
  } catch {
    return NOTHING;
  }
}

/** As {@link answerFacts}, of a body that is already parsed. */
export function bodyFacts(body: unknown): AnswerFacts {
  const objects = objectsIn(body, 0);
  const words = objects
    .flatMap((object) => WORD_KEYS.map((key) => (key === 'status' ? stateIn(object[key]) : wordIn(object[key]))))
    .filter((word) => word !== undefined);
  const messages = objects.flatMap((object) => MESSAGE_KEYS.map((key) => object[key]));
  const message = messages.find((value) => typeof value === 'string' && value !== '');
  // Deeper objects are more specific.
  return {
    words: [...new Set(words)].slice(0, 20),
    ...(typeof message === 'string' && { message: message.slice(0, 1_000) }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** The deepest first. */
function objectsIn(value: unknown, depth: number): readonly Fields[] {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).flatMap((item) => objectsIn(item, depth + 1));
  const fields = value as Fields;
  return [...NESTED_KEYS.flatMap((key) => objectsIn(fields[key], depth + 1)), fields];
}

/** The last part of a URI: Problem Details name their type by one. */
function wordIn(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 300) return undefined;
  const word = /^https?:\/\//.test(value) ? value.slice(value.lastIndexOf('/') + 1) : (value.split(':http')[0] ?? '');
  return WORD.test(word) ? word : undefined;
}

/** Google's status is the name of a gRPC status. Elsewhere, a status is the state of an order or a server. */
function stateIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Z_]{2,40}$/.test(value) ? value : undefined;
}
