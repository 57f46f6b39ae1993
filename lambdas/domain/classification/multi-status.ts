import { isPlainObject } from '../../contract/json-round-trip.ts';
import type { ReportedError } from '../../contract/verdict.ts';

/** RFC 4918, section 13: only the body says whether the parts of the call succeeded. APIs for batches use it, too. */
export const MULTI_STATUS = 207;
/** Code of the error that such an answer is. */
export const PARTS_FAILED = 'ERR_HTTP_PARTS_FAILED';

const MAX_DEPTH = 12;
const STATUS_NAMES: ReadonlySet<string> = new Set('status statuscode httpstatus httpstatuscode code'.split(' '));
const FAILURE_NAMES: ReadonlySet<string> = new Set('error errors failed failures faileditems'.split(' '));
const SUCCESS_NAMES: ReadonlySet<string> = new Set('ok success succeeded successful issuccess'.split(' '));
/** `<D:status>HTTP/1.1 423 Locked</D:status>` */
const FAILED_ELEMENT = /<(?:[\w-]{1,20}:)?status>\s{0,8}HTTP\/[\d.]{1,3} [45]\d\d/;

/**
 * The error that a 207 is if one of its parts failed, or if nobody can tell.
 *
 * @param text the body; undefined if it is too long, incomplete, or of a type that Backstop doesn't read
 */
export function multiStatusFailure(text: string | undefined): ReportedError | undefined {
  const haveFailed = text === undefined ? undefined : partsHaveFailed(text.trim());
  if (haveFailed === false) return undefined;
  const message = `the dependency answered 207, and ${haveFailed ? 'a part of the call failed' : 'its parts are unreadable'}`;
  return { name: 'PartsFailed', code: PARTS_FAILED, statusCode: MULTI_STATUS, message };
}

/** Undefined if the text is neither XML nor JSON. */
function partsHaveFailed(text: string): boolean | undefined {
  if (text.startsWith('<')) return FAILED_ELEMENT.test(text);
  try {
    return holdsFailure(JSON.parse(text), 0);
  } catch {
    return undefined;
  }
}

/** What nests too deep is unread, so it may hold a failure. */
function holdsFailure(value: unknown, depth: number): boolean {
  if (depth > MAX_DEPTH) return true;
  if (Array.isArray(value)) return value.some((each) => holdsFailure(each, depth + 1));
  if (!isPlainObject(value)) return false;
  return Object.entries(value).some(([name, member]) => saysFailure(name, member) || holdsFailure(member, depth + 1));
}

function saysFailure(name: string, member: unknown): boolean {
  const plain = name.toLowerCase().replaceAll(/[_-]/g, '');
  if (STATUS_NAMES.has(plain)) return /^[45]\d\d$/.test(String(member));
  if (FAILURE_NAMES.has(plain)) return !isEmpty(member);
  return SUCCESS_NAMES.has(plain) && member === false;
}

function isEmpty(member: unknown): boolean {
  if (Array.isArray(member)) return member.length === 0;
  return isPlainObject(member) ? Object.keys(member).length === 0 : !member;
}
