import { redaction } from '../conflict/redact.ts';
import { excerptOf, maskedText, shortened } from '../disclosure/excerpt.ts';
import { MASK } from '../disclosure/shown-path.ts';

const MAX_TEXT = 65_536;
const MAX_MARKUP = 8_192;
const MAX_DEPTH = 6;
const MAX_PARTS = 12;

export interface ExcerptSettings {
  /** Characters; 0 for none. */
  readonly most: number;
  /** JSON Pointers of fields to mask, in addition to those with sensitive names. */
  readonly sensitive: readonly string[];
}

/**
 * A masked excerpt of what a dependency answered to a failed call. Of JSON, XML and HTML, it has only the members that
 * describe an error: an answer may echo the request.
 *
 * @returns undefined if the answer describes nothing
 */
export function answerExcerpt(body: string | undefined, { most, sensitive }: ExcerptSettings): string | undefined {
  if (body === undefined || most <= 0) return undefined;
  const text = body.trim();
  if (text.startsWith('<')) return joined(markupParts(text.slice(0, MAX_MARKUP)), most);
  if (!/^[[{]/.test(text)) return excerptOf(text, most);
  // Unparsed JSON would be shown with all its members.
  const parsed = text.length > MAX_TEXT ? undefined : parsedJson(text);
  return parsed === undefined ? undefined : joined(describedParts(parsed, sensitive), most);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Part {
  readonly name: string;
  readonly text: string;
}

function joined(parts: readonly Part[], most: number): string | undefined {
  const texts = parts.slice(0, MAX_PARTS).map(({ name, text }) => (name === '' ? text : `${name}: ${text}`));
  const shown = [...new Set(texts)].join(', ');
  return shown === '' ? undefined : shortened(shown, most);
}

/** Names of members that describe an error, in lower case without separators. */
const DESCRIBES: ReadonlySet<string> = new Set(
  `error errors err message messages msg code codes errorcode errormessage errortype errordescription errorname type
  title detail details status statuscode reason reasons description exception fault faultcode faultstring cause causes
  hint kind category param parameter field pointer loc location source problem problems violation violations issue
  issues innererror requestid traceid h1 h2 p pre info summary errmsg`.split(/\s+/),
);

function describes(name: string): boolean {
  return DESCRIBES.has(
    name
      .slice(name.lastIndexOf(':') + 1)
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, ''),
  );
}

function describedParts(value: unknown, sensitive: readonly string[]): readonly Part[] {
  const redacted = redaction(sensitive);
  const parts: Part[] = [];
  const add = (name: string, each: unknown, path: readonly string[]): void => {
    if (parts.length >= MAX_PARTS || path.length > MAX_DEPTH) return;
    if (Array.isArray(each)) {
      for (const [at, item] of each.slice(0, MAX_PARTS).entries()) add(name, item, [...path, String(at)]);
    } else if (typeof each === 'object' && each !== null) {
      for (const [key, member] of Object.entries(each))
        if (describes(key) || isListOfMessages(member, name)) add(key, member, [...path, key]);
    } else if (each !== null && each !== '') {
      parts.push({ name: maskedText(name), text: redacted.hides(path) ? MASK : maskedText(String(each)) });
    }
  };
  add('', value, []);
  return parts;
}

/** `{ "errors": { "quantity": ["must be positive"] } }` */
function isListOfMessages(member: unknown, of: string): boolean {
  return of.toLowerCase() === 'errors' && Array.isArray(member) && member.every((each) => typeof each === 'string');
}

function markupParts(text: string): readonly Part[] {
  return text.split('<').flatMap((tag) => {
    const [name = ''] = /^\w[\w:.-]*/.exec(tag) ?? [];
    const masked = describes(name) ? maskedText(tag.slice(tag.indexOf('>') + 1)) : '';
    return masked === '' || !tag.includes('>') ? [] : [{ name: name.toLowerCase(), text: masked }];
  });
}
