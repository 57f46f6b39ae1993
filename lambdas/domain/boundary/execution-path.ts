import { createHash } from 'node:crypto';
import type { FailureName } from '../../contract/failure-key.ts';

/** Path of a state machine's operation. It names the execution to redrive. */
const PATH = /^\/executions\/([^/]+)\/redrive$/;
/**
 * Name of a replacement execution: the failure's tenant, if any, its id, a count, and a digest of the replaced
 * execution. Neither tenant nor id contains a `+`. Earlier versions wrote no digest.
 */
const REPLACEMENT =
  /^(?:([A-Za-z0-9._-]{1,64})\+)?([A-Za-z0-9][A-Za-z0-9._-]{0,63})\+again(\d{1,6})(?:\+([A-Za-z0-9_-]{6}))?$/;
/** The longest name that Step Functions allows. */
const MAX_NAME = 80;
const MAX_CANDIDATES = 3;

export function executionPath(name: string): string {
  return `/executions/${encodeURIComponent(name)}/redrive`;
}

export function isExecutionPath(path: string): boolean {
  return PATH.test(path);
}

/**
 * @returns the name of the execution to redrive
 * @throws Error if the path names none, which validation rules out
 */
export function executionNameFromPath(path: string): string {
  const [, name] = PATH.exec(path) ?? [];
  if (name === undefined) throw new Error('the operation names no execution');
  return decodeURIComponent(name);
}

/**
 * Several dependencies may share a state machine, and each may have a failure of this id. Two of them that recover the
 * same execution share its replacement, too.
 */
function digestOf(replaced: string): string {
  return createHash('sha256').update(replaced).digest('base64url').slice(0, 6);
}

/**
 * Names of executions that may replace one that can't be redriven, best first. They name tenant and id in full, because
 * their own failure must find the failure that it belongs to.
 *
 * A name may be taken by an execution with another input: Step Functions remembers names for longer than the ledger
 * remembers ids.
 *
 * @returns none if tenant and id together are too long for a name
 */
export function replacementExecutionNames(
  name: string,
  { tenant, id }: Pick<FailureName, 'tenant' | 'id'>,
): readonly string[] {
  const first = Number(REPLACEMENT.exec(name)?.[3] ?? 0) + 1;
  return Array.from(
    { length: MAX_CANDIDATES },
    (_, at) => `${ownerOf({ tenant, id })}+again${first + at}+${digestOf(name)}`,
  ).filter((each) => each.length <= MAX_NAME);
}

/** Name that an earlier version gave to the same replacement. It may have started that, and not known. */
export function formerReplacementName(name: string): string {
  return name.slice(0, name.lastIndexOf('+'));
}

function ownerOf({ tenant, id }: Pick<FailureName, 'tenant' | 'id'>): string {
  return tenant === undefined ? id : `${tenant}+${id}`;
}

/** The failure, of the machine's own dependency, that a replacement execution belongs to; undefined for others. */
export function failureOfReplacement(name: string): Pick<FailureName, 'tenant' | 'id'> | undefined {
  const [, tenant, id] = REPLACEMENT.exec(name) ?? [];
  return id === undefined ? undefined : { tenant, id };
}
