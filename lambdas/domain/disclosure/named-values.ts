import { isCredentialName, isSensitiveName } from './sensitive-names.ts';

/** Characters before a separator that may belong to a name. */
const MAX_SIDE_LENGTH = 256;

/** Whether a text contains a sensitive name with a value: in a query string, a form, JSON, XML, a log line, options. */
export function containsNamedValue(text: string): boolean {
  return (
    hasNameBefore('=', text, isSensitiveName) ||
    hasNameBefore(' -> ', text, isSensitiveName) ||
    hasNameBefore(':', text, isCredentialName) ||
    hasNameBefore(':', text, (name, before) => QUOTED.test(before) && isSensitiveName(name)) ||
    hasColumnBefore(text) ||
    [...text.matchAll(ELEMENT)].some(([, tag = '']) => namesOfTag(tag).some(isSensitiveName)) ||
    [...text.matchAll(ATTRIBUTE)].some(([, name = '']) => isSensitiveName(name)) ||
    [...text.matchAll(OPTION)].some(([, name = '']) => isCredentialName(name)) ||
    USER_OPTION.test(text) ||
    (MYSQL.test(text) && PASSWORD_OPTION.test(text))
  );
}

const QUOTED = /["'] ?$/;
/** `<password>hunter2` and `<field name="password">hunter2`, but not a closing tag. */
const ELEMENT = /<(\w[^<>]{0,300})>[^<\s]/g;
/** `<password value="hunter2"/>` */
const ATTRIBUTE = /<(\w[\w:.-]{0,100}) [^<>]{0,200}=["'][^"'<>]/g;
/** `--password hunter2` */
const OPTION = /\s--?([a-z][\w-]*) [^\s-]/gi;
/** `curl -u anna:hunter2` */
const USER_OPTION = /\s(?:-[uU] ?|--(?:proxy-)?user[ =])[^\s:-][^\s:]{0,100}:[^\s:]/;
/** The clients of MySQL and MariaDB take a password without a space. */
const MYSQL = /\b(?:mysql|maria|sshpass)/;
const PASSWORD_OPTION = / -p[^\s-]/;

/** The name of a tag, and the values of its attributes. */
function namesOfTag(tag: string): readonly string[] {
  const [name = ''] = tag.split(' ', 1);
  return [name, ...[...tag.matchAll(/=["']([^"']{1,100})["']/g)].map(([, value = '']) => value)];
}

type IsSensitive = (name: string, before: string) => boolean;

function hasNameBefore(separator: string, text: string, isSensitive: IsSensitive): boolean {
  const sides = text.split(separator);
  return sides.some((side, at) => {
    const before = (sides[at - 1] ?? '').slice(-MAX_SIDE_LENGTH);
    return at > 0 && unmarked(side) !== '' && namesAt(unmarked(before)).some((name) => isSensitive(name, before));
  });
}

/** Without surrounding spaces, quotation marks, brackets, and the backslashes that escape them. */
function unmarked(text: string): string {
  const isOutside = (character: string | undefined) =>
    character !== undefined && ' \t"\'`\\()[]{}<>'.includes(character);
  let [start, end] = [0, text.length];
  while (isOutside(text[start])) start++;
  while (end > start && isOutside(text[end - 1])) end--;
  return text.slice(start, end);
}

/** Whether a row is quoted with a sensitive column, as PostgreSQL does: `Key (tenant, api_key)=(1, hunter2)`. */
function hasColumnBefore(text: string): boolean {
  const sides = text.split(')=(');
  return sides.slice(0, -1).some((side) => {
    const columns = side.slice(-MAX_SIDE_LENGTH);
    return columns
      .slice(columns.lastIndexOf(' (') + 1)
      .split(/\W/)
      .some(isSensitiveName);
  });
}

/** The last name of a text, and the last two words as one name: `Invalid API Key`. */
function namesAt(text: string): readonly string[] {
  const last = text.split(/[^\w.[\]-]/).at(-1) ?? '';
  const words = text.split(/[^A-Za-z]/).slice(-2);
  return [last, words.includes('') ? last : words.join(' ')];
}
