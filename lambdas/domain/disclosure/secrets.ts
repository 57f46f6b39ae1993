import { containsCredential } from './credentials.ts';
import { formsOf } from './forms.ts';
import { containsNamedValue } from './named-values.ts';
import { containsCardNumber, containsIban } from './numbers.ts';
import { containsPersonalNumber } from './personal-numbers.ts';
import { containsPlainValue, containsQuotedValue } from './quoted-values.ts';

/** Only so much of a text is searched. It exceeds what is shown of a text by more than the longest secret's start. */
const MAX_SEARCHED_LENGTH = 2_048;
/** Characters on one side of a separator that may belong to a name or a user. */
const MAX_SIDE_LENGTH = 256;

/**
 * Whether a text contains a secret or personal data: an e-mail address, a phone, card, account or national number, or a
 * credential. So does a sensitive name with a value. Finds them in encoded and full-width characters, too.
 */
export function containsSecret(text: string): boolean {
  return formsOf(text.slice(0, MAX_SEARCHED_LENGTH)).some(
    (form) =>
      containsCredential(form) ||
      containsAt(form) ||
      containsNamedValue(form) ||
      containsQuotedValue(form) ||
      containsPlainValue(form) ||
      containsCardNumber(form) ||
      containsIban(form) ||
      containsPersonalNumber(form),
  );
}

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

function lastWord(text: string): string {
  return text.slice(-MAX_SIDE_LENGTH).split(/\s/).at(-1) ?? '';
}

function firstWord(text: string): string {
  return text.slice(0, MAX_SIDE_LENGTH).split(/\s/)[0] ?? '';
}
