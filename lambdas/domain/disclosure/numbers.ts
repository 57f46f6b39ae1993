/** Groups of digits that single spaces or hyphens join. Each character matches in one way only. */
const DIGITS = /\d[\d -]*/g;
const SEPARATOR = /[ -]/;
/** Other separators of the groups of a card. Between numbers of other lengths they may mean anything. */
const OTHER_SEPARATORS = /(?<=\d{4})[._/](?=\d{4})/g;
const CARD_LENGTHS = { least: 13, most: 19 } as const;

/** Whether a text contains a payment card number (ISO/IEC 7812-1), in one piece or in groups. */
export function containsCardNumber(text: string): boolean {
  return (text.replace(OTHER_SEPARATORS, '-').match(DIGITS) ?? []).some((run) => {
    const groups = run.split(SEPARATOR);
    return groups.some((_, from) => startsWithCard(groups, from));
  });
}

/** Whether some of the groups from an index on are a card number together. */
function startsWithCard(groups: readonly string[], from: number): boolean {
  let digits = '';
  for (let at = from; groups[at]; at++) {
    digits += groups[at];
    if (digits.length > CARD_LENGTHS.most) return false;
    if (digits.length >= CARD_LENGTHS.least && hasIssuer(digits) && passesLuhn(digits)) return true;
  }
  return false;
}

/** No card begins with 0, and with 1 only those of airlines (UATP). Times in milliseconds begin with 1 until 2033. */
function hasIssuer(digits: string): boolean {
  return !digits.startsWith('0') && (!digits.startsWith('1') || digits.length === 15);
}

/** The check of ISO/IEC 7812-1, annex B. @param text digits only */
export function passesLuhn(text: string): boolean {
  const digits = [...text].reverse().map(Number);
  const sum = digits.reduce((total, digit, at) => {
    const doubled = at % 2 === 0 ? digit : digit * 2;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** Lengths of IBANs by country, from the registry of ISO 13616 (SWIFT, release 99). */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    15: 'NO',
    16: 'BE',
    18: 'DK FI FK FO GL NL SD',
    19: 'MK SI',
    20: 'AT BA EE KZ LT LU MN XK',
    21: 'CH CR HR LI LV',
    22: 'BG BH DE GB GE IE ME RS VA',
    23: 'AE GI IL IQ OM SO TL',
    24: 'AD CZ ES MD PK RO SA SE SK TN VG',
    25: 'LY PT ST',
    26: 'IS TR',
    27: 'BI DJ FR GR IT MC MR SM',
    28: 'AL AZ BY CY DO GT HN HU LB NI PL SV',
    29: 'BR EG PS QA UA',
    30: 'JO KW MU YE',
    31: 'MT SC',
    32: 'LC',
    33: 'RU',
  }).flatMap(([length, countries]) => countries.split(' ').map((country) => [country, Number(length)] as const)),
);
const IBAN_START = /[A-Z]{2}\d\d/gi;
/** The longest IBAN, with a separator after each character but the last. */
const MAX_IBAN_SPAN = 66;

/** Whether a text contains an IBAN (ISO 13616) with valid check digits, in one piece or in groups. */
export function containsIban(text: string): boolean {
  for (const { index, 0: start } of text.matchAll(IBAN_START)) {
    const length = IBAN_LENGTHS.get(start.slice(0, 2).toUpperCase());
    if (length === undefined) continue;
    const account = text
      .slice(index, index + MAX_IBAN_SPAN)
      .replace(/[ -]/g, '')
      .slice(0, length);
    if (account.length === length && hasValidCheckDigits(account.toUpperCase())) return true;
  }
  return false;
}

/** ISO 7064 mod 97-10: the first four characters go to the end, and A counts as 10, B as 11. */
function hasValidCheckDigits(account: string): boolean {
  if (!/^[A-Z0-9]{15,34}$/.test(account)) return false;
  let remainder = 0;
  for (const character of account.slice(4) + account.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
