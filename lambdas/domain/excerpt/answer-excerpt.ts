import { redaction } from '../conflict/redact.ts';
import { excerptOf, maskedText, shortened } from '../disclosure/excerpt.ts';
import { containsSecret } from '../disclosure/secrets.ts';
import { MASK } from '../disclosure/shown-path.ts';
import { mayQuoteField, namesSensitiveField, plainName, sensitiveFieldFinder } from './named-fields.ts';

const MAX_TEXT = 65_536;
const MAX_MARKUP = 8_192;
const MAX_DEPTH = 6;
const MAX_PARTS = 12;
/** Parts that begin after so many characters are left out. Only 500 are shown, and hostile ones take long to mask. */
const MAX_MASKED = 3_000;

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
 * @param mask masks one text; sees few of a long answer
 * @returns undefined if the answer describes nothing
 */
export function answerExcerpt(
  body: string | undefined,
  { most, sensitive }: ExcerptSettings,
  mask: Mask = maskedText,
): string | undefined {
  if (body === undefined || most <= 0) return undefined;
  const text = body.trim();
  if (text.startsWith('<')) return joined(markupParts(text.slice(0, MAX_MARKUP), mask), most);
  if (!/^[[{]/.test(text)) return excerptOf(text, most);
  // Unparsed JSON would be shown with all its members.
  const parsed = text.length > MAX_TEXT ? undefined : parsedJson(text);
  return parsed === undefined ? undefined : joined(describedParts(parsed, sensitive, mask), most);
}

type Mask = (text: string) => string;

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

/** Collects parts until there are enough. */
class Parts {
  readonly all: Part[] = [];
  readonly #mask: Mask;
  #length = 0;

  constructor(mask: Mask) {
    this.#mask = mask;
  }

  get isFull(): boolean {
    return this.all.length >= MAX_PARTS || this.#length >= MAX_MASKED;
  }

  add(name: string, text: string, isHidden: boolean): void {
    this.#length += name.length + text.length;
    const shown = this.#mask(text);
    if (shown !== '') this.all.push({ name: this.#mask(name), text: isHidden ? MASK : shown });
  }
}

function joined(parts: readonly Part[], most: number): string | undefined {
  const shownParts = withoutSpannedSecrets(parts.slice(0, MAX_PARTS));
  const texts = shownParts.map(({ name, text }) => (name === '' ? text : `${name}: ${text}`));
  const shown = [...new Set(texts)].join(', ');
  return shown === '' ? undefined : shortened(shown, most);
}

/** Masks all parts of a secret that begins in one of them and ends in another. */
function withoutSpannedSecrets(parts: readonly Part[]): readonly Part[] {
  const shown = [...parts];
  const isSpanned = (from: number, to: number) =>
    containsSecret(
      shown
        .slice(from, to)
        .filter(({ text }) => text !== MASK)
        .map(({ text }) => text)
        .join(' '),
    );
  for (let end = 2; end <= shown.length; end++) {
    if (!isSpanned(0, end)) continue;
    let start = end - 1;
    while (start > 0 && !isSpanned(start, end)) start--;
    for (const [at, { name }] of shown.slice(start, end).entries()) shown[start + at] = { name, text: MASK };
  }
  return shown;
}

/** Names of members that describe an error, in lower case without separators. */
const DESCRIBES: ReadonlySet<string> = new Set(
  `error errors err message messages msg code codes errorcode errormessage errortype errordescription errorname type
  title detail details status statuscode reason reasons description exception fault faultcode faultstring cause causes
  hint kind category param parameter field pointer loc location source problem problems violation violations issue
  issues innererror requestid traceid h1 h2 p pre info summary errmsg`.split(/\s+/),
);

function describes(name: string): boolean {
  return DESCRIBES.has(plainName(name));
}

function describedParts(value: unknown, sensitive: readonly string[], mask: Mask): readonly Part[] {
  const redacted = redaction(sensitive);
  const parts = new Parts(mask);
  const holdsSensitiveField = sensitiveFieldFinder();
  // Each object of a list speaks of a field of its own.
  const addItem = (name: string, item: unknown, path: readonly string[], isNamed: boolean): void =>
    add(name, item, path, isPlain(item) ? holdsSensitiveField(name, item) : isNamed);
  const add = (name: string, each: unknown, path: readonly string[], isNamed: boolean): void => {
    if (parts.isFull || path.length > MAX_DEPTH) return;
    if (Array.isArray(each)) {
      for (const [at, item] of each.slice(0, MAX_PARTS).entries()) addItem(name, item, [...path, String(at)], isNamed);
    } else if (isPlain(each)) {
      for (const [key, member] of Object.entries(each))
        if (describes(key) || isListOfMessages(member, name)) add(key, member, [...path, key], isNamed);
    } else if (each !== null && each !== '') {
      parts.add(name, String(each), redacted.hides(path) || (isNamed && mayQuoteField(name, String(each))));
    }
  };
  add('', value, [], holdsSensitiveField('', value));
  return parts.all;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `{ "errors": { "quantity": ["must be positive"] } }` */
function isListOfMessages(member: unknown, of: string): boolean {
  return of.toLowerCase() === 'errors' && Array.isArray(member) && member.every((each) => typeof each === 'string');
}

/** `<error field="password">` */
function hasNamingTag(text: string): boolean {
  return [...text.matchAll(/\s([\w:.-]{1,100})=["']([^"'<>]{1,100})["']/g)].some(([, name = '', value = '']) =>
    namesSensitiveField(name, value),
  );
}

function markupParts(text: string, mask: Mask): readonly Part[] {
  const elements = text.split('<').flatMap((tag) => {
    const [name = ''] = /^\w[\w:.-]*/.exec(tag) ?? [];
    const content = tag.slice(tag.indexOf('>') + 1).trim();
    return content === '' || name === '' || !tag.includes('>') ? [] : [{ name: name.toLowerCase(), content }];
  });
  const isNamed = elements.some(({ name, content }) => namesSensitiveField(name, content)) || hasNamingTag(text);
  const parts = new Parts(mask);
  for (const { name, content } of elements)
    if (describes(name) && !parts.isFull) parts.add(name, content, isNamed && mayQuoteField(name, content));
  return parts.all;
}
