/** A text with more encodings is unreadable to everybody. */
const MAX_DECODINGS = 3;

/**
 * The forms in which somebody may read a text: as it is, in compatibility form without invisible characters, and
 * decoded up to three times. Decodes percent-encoding, base64, and the escapes of JSON, JavaScript and HTML.
 */
export function formsOf(text: string): readonly string[] {
  const forms = new Set([text]);
  let latest = [comparable(text)];
  for (let round = 0; round <= MAX_DECODINGS; round++) {
    for (const form of latest) forms.add(form);
    latest = [...new Set(latest.flatMap((form) => [comparable(unescaped(form)), ...decoded(form)]))];
    latest = latest.filter((form) => !forms.has(form));
  }
  return [...forms];
}

function comparable(text: string): string {
  return text.normalize('NFKC').replace(/[\p{Cf}\p{DI}]/gu, '');
}

/** `%40`, `\u0040`, `\x40`, `\u{40}`, `&#64;` and `&#x40;` are all `@`. */
const ESCAPES =
  /((?:%[0-9a-f]{2})+)|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|\\u\{([0-9a-f]{1,6})\}|&#x([0-9a-f]{1,6});|&#(\d{1,7});/gi;
/** Named characters that secrets and their names are written with. */
const NAMED: Readonly<Record<string, string>> = {
  commat: '@',
  colon: ':',
  equals: '=',
  quot: '"',
  amp: '&',
  plus: '+',
};
const NAMED_ESCAPES = /&(commat|colon|equals|quot|amp|plus);/g;

function unescaped(text: string): string {
  return text
    .replace(
      ESCAPES,
      (whole, percents?: string, u4?: string, x2?: string, u6?: string, hex?: string, decimal?: string) => {
        if (percents !== undefined) return Buffer.from(percents.replaceAll('%', ''), 'hex').toString('utf8');
        const code = u4 ?? x2 ?? u6 ?? hex;
        const point = code === undefined ? Number(decimal) : Number.parseInt(code, 16);
        return point <= 0x10_ff_ff ? String.fromCodePoint(point) : whole;
      },
    )
    .replace(NAMED_ESCAPES, (_, name: string) => NAMED[name] ?? '');
}

/** Runs of base64 (RFC 4648, sections 4 and 5) of at least nine bytes. A hyphen or underscore may also be a border. */
const BASE64 = [/[A-Za-z0-9+/]{12,}/g, /[\w-]{12,}/g];

/** What base64 in a text says, if that is text too. */
function decoded(text: string): readonly string[] {
  const runs = BASE64.flatMap((pattern) => text.match(pattern) ?? []);
  const texts = runs.map((run) => Buffer.from(run, 'base64').toString('latin1')).filter(isText);
  return texts.length === 0 ? [] : [texts.join('\n')];
}

/** Whether bytes are UTF-8 without controls, at least but for a character that was cut. */
function isText(bytes: string): boolean {
  const text = Buffer.from(bytes, 'latin1')
    .toString('utf8')
    .replace(/\ufffd{1,3}$/, '');
  return text !== '' && !/[\ufffd\p{Cn}]|[^\P{Cc}\t\r\n]/u.test(text);
}
