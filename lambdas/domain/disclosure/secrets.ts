import { containsCardNumber, containsIban } from './numbers.ts';
import { isCredentialName, isSensitiveName } from './sensitive-names.ts';

/** Only so much of a text is searched. It exceeds what is shown of a text by more than the longest secret's start. */
const MAX_SEARCHED_LENGTH = 2_048;
/** Characters on one side of a separator that may belong to a name or a user. */
const MAX_SIDE_LENGTH = 256;

/**
 * Credentials that their issuers made recognizable. Each matches a fixed prefix and then one class of characters, so no
 * text takes more than linear time.
 *
 * Sources: AWS IAM, "Unique identifiers"; GitHub, "Supported secret scanning patterns"; the issuers' own documents.
 */
const CREDENTIALS: readonly RegExp[] = [
  // AWS access keys, long-term and temporary.
  /(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}/,
  // Stripe keys and webhook secrets.
  /(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8}/,
  /whsec_[A-Za-z0-9+/]{16}/,
  // GitHub, GitLab, npm, PyPI.
  /gh[opsur]_[A-Za-z0-9]{20}/,
  /github_pat_\w{20}/,
  /gl(?:pat|ptt|dt|rt|cbt|soat)-[\w-]{16}/,
  /npm_[A-Za-z0-9]{20}/,
  /pypi-AgEI[\w-]{16}/,
  // Slack tokens and webhooks.
  /xox[a-z]-[\w-]{8}/,
  /xapp-\d-[\w-]{8}/,
  /hooks\.slack\.com\/(?:services|workflows)\/\w/,
  // Google API keys, OAuth tokens and client secrets.
  /AIza[\w-]{30}/,
  /ya29\.[\w-]{16}/,
  /GOCSPX-[\w-]{16}/,
  // Mail and messages: SendGrid, Mailgun, Twilio, Telegram.
  /\bSG\.[\w-]{16,}\./,
  /key-[0-9a-f]{32}/,
  /(?:SK|AC)[0-9a-f]{32}/,
  /\d{8}:AA[\w-]{30}/,
  // OpenAI, Anthropic, Hugging Face.
  /sk-(?:ant|proj|svcacct|admin)-[\w-]{16}/,
  /sk-[A-Za-z0-9]{40}/,
  /hf_[A-Za-z0-9]{20}/,
  // Clouds and shops: DigitalOcean, Databricks, HashiCorp Vault, Shopify, Square, Doppler.
  /do[opr]_v1_[0-9a-f]{32}/,
  /dapi[0-9a-f]{32}/,
  /hv[bsr]\.[\w-]{20}/,
  /shp(?:at|ca|pa|ss)_[0-9a-f]{16}/,
  /sq0[a-z]{3}-[\w-]{16}/,
  /dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9]{20}/,
  // Keys as text: PEM (RFC 7468), OpenSSH, age.
  /-----BEGIN [A-Z0-9 ]/,
  /AGE-SECRET-KEY-1/,
];
/** RFC 6750, section 2.1, and RFC 9449. */
const BEARER = /\b(?:bearer|dpop)[ :=]{1,4}[\w.~+/=-]{6}/i;
/** RFC 7617. */
const BASIC = /\bbasic[ :=]{1,4}([A-Za-z0-9+/]{6,512})/gi;

/**
 * Whether a text contains a secret or personal data: an e-mail address, a card or account number, or a credential. So
 * does a sensitive name with a value. Finds them in percent-encoded and full-width characters, too.
 */
export function containsSecret(text: string): boolean {
  const searched = text.slice(0, MAX_SEARCHED_LENGTH);
  return formsOf(searched).some(
    (form) =>
      CREDENTIALS.some((pattern) => pattern.test(form)) ||
      BEARER.test(form) ||
      containsBasic(form) ||
      containsJwt(form) ||
      containsAt(form) ||
      containsNamedValue(form) ||
      containsCardNumber(form) ||
      containsIban(form),
  );
}

/** A text with more encodings is unreadable to everybody. */
const MAX_DECODINGS = 3;

/** The text as it is; in compatibility form, without invisible characters; and percent-decoded, up to three times. */
function formsOf(text: string): readonly string[] {
  const forms = [text, comparable(text)];
  for (let round = 0; round < MAX_DECODINGS; round++) forms.push(comparable(percentDecoded(forms.at(-1) ?? '')));
  return [...new Set(forms)];
}

function comparable(text: string): string {
  return text.normalize('NFKC').replace(/[\p{Cf}\p{DI}]/gu, '');
}

function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}

function containsBasic(text: string): boolean {
  return [...text.matchAll(BASIC)].some(([, code = '']) =>
    /^[\x20-\x7e]{0,200}:/.test(Buffer.from(code, 'base64').toString('latin1')),
  );
}

/** A JSON object in base64url begins with `eyJ`. So does each part of a JWT (RFC 7519) that is not encrypted. */
function containsJwt(text: string): boolean {
  return (text.match(/[\w-]+/g) ?? []).some((part) => {
    const at = part.indexOf('eyJ');
    return at >= 0 && part.length - at >= JWT_LENGTH;
  });
}

const JWT_LENGTH = 12;

/** Whether a text contains an e-mail address, or a user with a password before a host. */
function containsAt(text: string): boolean {
  const sides = text.split('@');
  return sides.some((side, at) => {
    const [before, after] = [lastWord(sides[at - 1] ?? ''), firstWord(side)];
    if (before === '' || after === '') return false;
    return isDomain(after) || isUserWithPassword(before);
  });
}

function isDomain(text: string): boolean {
  const [first = '', ...labels] = text.split('.');
  return first !== '' && labels.some((label) => label.length > 1);
}

/** RFC 3986, section 3.2.1. */
function isUserWithPassword(text: string): boolean {
  const at = text.lastIndexOf(':');
  return at > 0 && at < text.length - 1 && !text.slice(at + 1).startsWith('//');
}

/** Whether a text contains a sensitive name with a value, as in a query string, a form or a log line. */
function containsNamedValue(text: string): boolean {
  return hasNameBefore('=', text, isSensitiveName) || hasNameBefore(':', text, isCredentialName);
}

function hasNameBefore(separator: string, text: string, isSensitive: (name: string) => boolean): boolean {
  const sides = text.split(separator);
  return sides.some((side, at) => {
    if (at === 0 || unquoted(side) === '') return false;
    return isSensitive(lastName(unquoted(sides[at - 1] ?? '')));
  });
}

/** Without surrounding spaces, quotes and the backslashes that escape them. */
function unquoted(text: string): string {
  const isOutside = (character: string | undefined) => character !== undefined && ' \t"\'\\'.includes(character);
  let [start, end] = [0, text.length];
  while (isOutside(text[start])) start++;
  while (end > start && isOutside(text[end - 1])) end--;
  return text.slice(start, end);
}

function lastName(text: string): string {
  return (
    text
      .slice(-MAX_SIDE_LENGTH)
      .split(/[^\w.[\]-]/)
      .at(-1) ?? ''
  );
}

function lastWord(text: string): string {
  return text.slice(-MAX_SIDE_LENGTH).split(/\s/).at(-1) ?? '';
}

function firstWord(text: string): string {
  return text.slice(0, MAX_SIDE_LENGTH).split(/\s/)[0] ?? '';
}
