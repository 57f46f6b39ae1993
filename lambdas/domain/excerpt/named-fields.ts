import { isSensitiveName } from '../disclosure/sensitive-names.ts';

/** Deeper than anything that is shown. */
const MAX_DEPTH = 12;
/** The name of a field, or a path to it. */
const NAME = /^[\w.$[\]/#-]{1,100}$/;
/** The label of a field may have several words. */
const LABEL = /^[\w.$[\]/# -]{1,100}$/;
/** A code in words. One with digits may be the value itself. */
const CODE = /^[a-z][a-z_.:/-]*$/i;

function names(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

/** Members whose value is the name, path or label of a field. */
const LABELS = names(
  'field fields fieldname label param parameter property propertyname attribute name loc location pointer source path',
);
/** Members whose value says what is wrong with a field, such as `invalid_token`. It names none. */
const PROBLEMS = names(
  'error err reason errorname exception fault title code codes errorcode faultcode type errortype kind category status',
);
/** Members whose value is a code. It quotes nothing. */
const CODES = names('code codes errorcode faultcode type errortype kind category');
const STATUSES = names('status statuscode');

/** A name in lower case, without namespace and separators. */
export function plainName(name: string): string {
  return name
    .slice(name.lastIndexOf(':') + 1)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
}

/** Whether a member's text is the name of a sensitive field: `"field": "password"`. */
export function namesSensitiveField(member: string, text: string): boolean {
  const plain = plainName(member);
  if (PROBLEMS.has(plain) || !(LABELS.has(plain) ? LABEL : NAME).test(text)) return false;
  return isSensitiveName(text);
}

/** Most texts that are read to find the name of a sensitive field. An answer with more may name one. */
const MOST_TEXTS = 2_000;

/**
 * Makes a function that tells whether something below a value names a sensitive field. It may be asked about parts of
 * the same answer again and again, so it reads {@link MOST_TEXTS} in all, and says yes afterwards.
 */
export function sensitiveFieldFinder(names = namesSensitiveField): (member: string, value: unknown) => boolean {
  let left = MOST_TEXTS;
  const holds = (member: string, value: unknown, depth: number): boolean => {
    if (depth > MAX_DEPTH || value === null) return false;
    if (Array.isArray(value)) return value.some((each) => holds(member, each, depth + 1));
    if (typeof value === 'object') return Object.entries(value).some(([name, each]) => holds(name, each, depth + 1));
    return typeof value === 'string' && (left-- <= 0 || names(member, value));
  };
  return (member, value) => holds(member, value, 0);
}

/** Whether a text may quote the value of the field that another member names. */
export function mayQuoteField(member: string, text: string): boolean {
  const plain = plainName(member);
  if (STATUSES.has(plain)) return !/^[1-9]\d\d$/.test(text);
  if (LABELS.has(plain)) return !CODE.test(text) && !namesSensitiveField(member, text);
  return !(CODES.has(plain) && CODE.test(text));
}
